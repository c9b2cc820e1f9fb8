"""WHIP [RFC 9725] and WHEP [draft-ietf-wish-whep] as a client sees them: every request of a session, and nothing of the media."""

import http.client
import json
import sys
import threading
import time
import urllib.parse

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
REDIRECTS = (307, 308)
MAX_REDIRECTS = 3

STARTED = time.monotonic()
printing = threading.Lock()


def tell(step, **facts):
    """One line of JSON to whoever started this program; `ms` since its start."""
    ms = round((time.monotonic() - STARTED) * 1000)
    with printing:
        print(json.dumps({"step": step, "ms": ms, **facts}), flush=True)


class Session:
    """One WHIP or WHEP session. `ask` returns (status, headers, body); header names are lower case."""

    def __init__(self, endpoint, token):
        self.endpoint = endpoint
        self.token = token
        self.url = None
        self.etag = None

    def ask(self, method, url, headers=None, body=None):
        # [RFC 9725 4.1] a 307 or 308 keeps method and body
        for _ in range(MAX_REDIRECTS):
            parts = urllib.parse.urlsplit(url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.netloc, timeout=15)
            sent = dict(headers or {})
            # [RFC 9725 4.5] the token goes with every request, to the endpoint and to the session
            if self.token:
                sent["Authorization"] = "Bearer " + self.token
            path = parts.path + ("?" + parts.query if parts.query else "")
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            text = response.read().decode()
            got = {name.lower(): value for name, value in response.getheaders()}
            got["link"] = response.msg.get_all("link") or []
            connection.close()
            if response.status not in REDIRECTS:
                return response.status, got, text
            url = urllib.parse.urljoin(url, got["location"])
        sys.exit("redirected too often")

    def options(self):
        status, headers, _ = self.ask("OPTIONS", self.endpoint)
        tell("options", status=status, acceptPost=headers.get("accept-post"), allow=headers.get("allow"))

    def head(self):
        status, headers, body = self.ask("HEAD", self.endpoint)
        tell("head", status=status, type=headers.get("content-type"), bytes=len(body))

    def post(self, offer, prefer=None):
        """Returns (status, SDP of the server); None in place of the SDP when it refused."""
        headers = {"Content-Type": SDP, **({"Prefer": prefer} if prefer else {})}
        tell("offer", bytes=len(offer))
        status, got, body = self.ask("POST", self.endpoint, headers, offer)
        is_sdp = got.get("content-type", "").split(";")[0] == SDP
        facts = {} if is_sdp else {"problem": body, "retryAfter": got.get("retry-after")}
        if "location" in got:
            # [RFC 9110 10.2.2] a Location may be relative
            self.url = urllib.parse.urljoin(self.endpoint, got["location"])
        self.etag = got.get("etag")
        tell("post", status=status, type=got.get("content-type"), location=self.url, etag=self.etag, links=got["link"], **facts)
        return status, body if is_sdp and status in (201, 406) else None

    def answer(self, sdp):
        """The player's answer to the server's offer."""
        status, _, body = self.ask("PATCH", self.url, {"Content-Type": SDP, **self.if_match()}, sdp)
        tell("answer", status=status, bytes=len(body), **({} if status == 204 else {"problem": body}))
        return status == 204

    def trickle(self, fragment):
        """All candidates in one request."""
        status, headers, body = self.ask("PATCH", self.url, {"Content-Type": FRAGMENT, **self.if_match()}, fragment)
        tell("trickle", status=status, etag=headers.get("etag"), bytes=len(body))

    def restart(self, fragment):
        """An ICE restart; returns the server's fragment, or None when it refused."""
        status, headers, body = self.ask("PATCH", self.url, {"Content-Type": FRAGMENT, "If-Match": "*"}, fragment)
        changed = headers.get("etag") != self.etag
        self.etag = headers.get("etag", self.etag)
        tell("restart", status=status, type=headers.get("content-type"), newEtag=changed, fragment=body)
        return body if status == 200 else None

    def delete(self):
        status, _, _ = self.ask("DELETE", self.url)
        tell("delete", status=status)

    def if_match(self):
        return {"If-Match": self.etag} if self.etag else {}


def fragment_of(sdp, candidates=(), credentials=None):
    """A trickle-ice-sdpfrag [RFC 8840 4.4] for the first section of an offer or answer."""
    lines = sdp.splitlines()
    section = next(line for line in lines if line.startswith("m="))
    mid = next(line for line in lines if line.startswith("a=mid:"))
    bundle = [line for line in lines if line.startswith("a=group:BUNDLE")]
    ufrag, password = credentials or (first(lines, "a=ice-ufrag:"), first(lines, "a=ice-pwd:"))
    ends = ["a=" + candidate for candidate in candidates] + (["a=end-of-candidates"] if candidates else [])
    return "\r\n".join([*bundle, section, mid, "a=ice-ufrag:" + ufrag, "a=ice-pwd:" + password, *ends]) + "\r\n"


def first(lines, start):
    return next(line[len(start) :] for line in lines if line.startswith(start))
