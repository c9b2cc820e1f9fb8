"""MQTT 3.1.1 byte by byte, for what no library sends: broken packets, withheld answers, repeated ids."""
import os
import socket
import struct
import time


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(data)) + data


def packet(first, body=b""):
    length, head = len(body), bytes([first])
    while True:
        digit, length = length % 128, length // 128
        head += bytes([digit | (0x80 if length else 0)])
        if not length:
            return head + body


def connect(client_id, clean=True, keepalive=0, will=None, user="demo", password="demo", level=4, name="MQTT", flags=None):
    bits = (2 if clean else 0) | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    if will:
        bits |= 4 | will.get("qos", 0) << 3 | (0x20 if will.get("retain") else 0)
    body = text(name) + bytes([level, bits if flags is None else flags]) + struct.pack("!H", keepalive) + text(client_id)
    if will:
        body += text(will["topic"]) + text(will["payload"])
    for part in (user, password):
        if part is not None:
            body += text(part)
    return packet(0x10, body)


def publish(topic, payload=b"", qos=0, mid=0, retain=False, dup=False):
    first = 0x30 | (8 if dup else 0) | qos << 1 | (1 if retain else 0)
    return packet(first, text(topic) + (struct.pack("!H", mid) if qos else b"") + payload)


def subscribe(mid, *filters):
    return packet(0x82, struct.pack("!H", mid) + b"".join(text(f) + bytes([qos]) for f, qos in filters))


def unsubscribe(mid, *filters):
    return packet(0xA2, struct.pack("!H", mid) + b"".join(text(f) for f in filters))


def answer(kind, mid):
    return packet({"puback": 0x40, "pubrec": 0x50, "pubrel": 0x62, "pubcomp": 0x70}[kind], struct.pack("!H", mid))


PING, GOODBYE = b"\xc0\x00", b"\xe0\x00"
KINDS = {2: "connack", 3: "publish", 4: "puback", 5: "pubrec", 6: "pubrel", 7: "pubcomp", 9: "suback", 11: "unsuback", 13: "pingresp"}
PATIENCE = 20


class Raw:
    def __init__(self, port, hello=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.bytes = b""
        if hello is not None:
            self.send(hello)
            self.connack = self.next("connack")

    def send(self, *packets):
        try:
            self.socket.sendall(b"".join(packets))
        except OSError:
            pass  # refused meanwhile; `closed` says so

    def read(self):
        """The next packet, or None when the other side has hung up."""
        while True:
            found = self._take()
            if found:
                return found
            try:
                more = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not more:
                return None
            self.bytes += more

    def _take(self):
        data, length, at = self.bytes, 0, 1
        while True:
            if at >= len(data):
                return None
            length |= (data[at] & 0x7F) << 7 * (at - 1)
            at += 1
            if data[at - 1] < 0x80:
                break
        if len(data) < at + length:
            return None
        first, body = data[0], data[at : at + length]
        self.bytes = data[at + length :]
        found = {"kind": KINDS.get(first >> 4, first), "flags": first & 15, "body": body}
        if found["kind"] == "publish":
            qos, size = first >> 1 & 3, struct.unpack("!H", body[:2])[0]
            found.update(topic=body[2 : 2 + size].decode(), qos=qos, retain=first & 1, dup=first >> 3 & 1)
            found["mid"] = struct.unpack("!H", body[2 + size : 4 + size])[0] if qos else None
            found["payload"] = body[2 + size + (2 if qos else 0) :]
        elif found["kind"] not in ("connack", "pingresp"):
            found["mid"] = struct.unpack("!H", body[:2])[0]
        return found

    def next(self, kind):
        found = self.read()
        assert found is not None, f"the connection was closed instead of a {kind}"
        assert found["kind"] == kind, f"{found} instead of a {kind}"
        return found

    def subscribe(self, *filters, mid=1):
        self.send(subscribe(mid, *filters))
        return list(self.next("suback")["body"][2:])

    def settle(self):
        """What was sent before this is answered comes first: the packets that came until then."""
        self.send(PING)
        seen = []
        while True:
            found = self.read()
            assert found is not None, "the connection was closed"
            if found["kind"] == "pingresp":
                return seen
            seen.append(found)

    def is_closed(self):
        """Waits for the other side to hang up; False when it says something else first."""
        try:
            return self.read() is None
        except socket.timeout:
            return False

    def vanish(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def leave(self):
        self.send(GOODBYE)
        self.socket.close()


def eventually(read, what):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if read():
            return
        time.sleep(0.01)
    raise AssertionError(what)
