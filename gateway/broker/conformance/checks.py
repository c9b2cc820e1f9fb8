"""MQTT 3.1.1 as an independent client sees it: Eclipse Paho's for Python where a library can say it, else raw.py.

checks.py PORT WEB_PORT DEVICE PASSWORD runs every check against a gateway in demo mode and prints one line of JSON for each.
`{"need": "kill"}` or `{"need": "stop"}` asks whoever started it to end the gateway so and start it again on the same
data; the answer is one line with the new port. checks.py --list prints names and statements only.
"""
import json
import sys
import time

import paho.mqtt.client as paho

import raw
from raw import Raw, answer, connect, eventually, packet, publish, subscribe, text, unsubscribe

CHECKS = []
PORT = WEB_PORT = 0
DEVICE = PASSWORD = ""


def check(name, *statements):
    def add(function):
        CHECKS.append((name, statements, function))
        return function

    return add


class Peer:
    """A Paho client that remembers what it hears."""

    def __init__(self, client_id, clean=True, will=None, keepalive=60, web=False):
        self.heard, self.session = [], None
        self.paho = paho.Client(client_id, clean, protocol=paho.MQTTv311, transport="websockets" if web else "tcp")
        self.paho.ws_set_options(path="/mqtt")
        self.paho.username_pw_set("demo", "demo")
        self.paho.max_inflight_messages_set(200)
        if will:
            self.paho.will_set(*will)
        self.granted = {}
        self.paho.on_connect = lambda _c, _u, flags, code: setattr(self, "session", (flags["session present"], code))
        self.paho.on_message = lambda _c, _u, m: self.heard.append((m.topic, m.payload, m.qos, bool(m.retain)))
        self.paho.on_subscribe = lambda _c, _u, mid, granted: self.granted.update({mid: granted})
        self.unsubscribed = set()
        self.paho.on_unsubscribe = lambda _c, _u, mid: self.unsubscribed.add(mid)
        self.paho.connect("127.0.0.1", WEB_PORT if web else PORT, keepalive)
        self.paho.loop_start()
        eventually(lambda: self.session is not None, "no CONNACK")
        assert self.session[1] == 0, self.session

    def subscribe(self, *filters):
        _, mid = self.paho.subscribe(list(filters))
        eventually(lambda: mid in self.granted, "no SUBACK")
        return list(self.granted[mid])

    def unsubscribe(self, *filters):
        _, mid = self.paho.unsubscribe(list(filters))
        eventually(lambda: mid in self.unsubscribed, "no UNSUBACK")

    def publish(self, topic, payload, qos=1, retain=False):
        info = self.paho.publish(topic, payload, qos, retain)
        eventually(info.is_published, f"{topic} was not acknowledged")

    def hears(self, *expected):
        """Exactly this, in this order: whatever else there is has come before a marker does."""
        marker = f"marker/{time.monotonic_ns()}"
        self.subscribe((marker, 1))
        with_marker = Peer(f"m{time.monotonic_ns()}")
        with_marker.publish(marker, b"")
        with_marker.leave()
        eventually(lambda: any(topic == marker for topic, *_ in self.heard), "the marker never came")
        heard = [entry for entry in self.heard if entry[0] != marker]
        # a library hands over QoS 2 only at the end of its handshake: order is a matter of one topic
        by_topic = lambda entries: sorted(entries, key=lambda entry: entry[0])
        assert by_topic(heard) == by_topic(expected), f"heard {heard}"

    def leave(self):
        self.paho.disconnect()
        self.paho.loop_stop()


def hello(client_id, **more):
    return Raw(PORT, connect(client_id, **more))


def code_of(client):
    return client.connack["body"][1]


def present(client):
    return client.connack["body"][0]


def refused(*packets, said_hello=True, client_id="bad"):
    """These packets end their own connection, and nobody else's."""
    other = hello("other")
    client = hello(client_id) if said_hello else Raw(PORT)
    client.send(*packets)
    assert client.is_closed(), "the connection stayed open"
    other.settle()
    other.leave()


def restart(how):
    global PORT
    print(json.dumps({"need": how}), flush=True)
    PORT = int(sys.stdin.readline())


# --- connecting


@check("a client that says hello is let in, and a keep-alive is answered", "MQTT-3.1.4-4", "MQTT-3.12.4-1")
def _():
    client = hello("basic", keepalive=10)
    assert (code_of(client), present(client)) == (0, 0)
    assert client.settle() == []
    client.leave()


@check("the first packet must be a CONNECT", "MQTT-3.1.0-1")
def _():
    refused(raw.PING, said_hello=False)
    refused(publish("a", b"x"), said_hello=False)


@check("a second CONNECT ends the connection", "MQTT-3.1.0-2")
def _():
    refused(connect("bad"))


@check("a protocol level that is not spoken is answered with return code 1", "MQTT-3.1.2-2")
def _():
    for level in (5, 6, 3, 0, 0x84):
        client = Raw(PORT, connect("level", level=level))
        assert code_of(client) == 1, level
        assert client.is_closed()


@check("another protocol name ends the connection", "MQTT-3.1.2-1")
def _():
    refused(connect("bad", name="MQTTX"), said_hello=False)


@check("reserved or contradicting connect flags end the connection", "MQTT-3.1.2-3", "MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-14", "MQTT-3.1.2-15", "MQTT-3.1.2-22")
def _():
    for flags in (0xC3, 0xCA, 0xE2):
        refused(connect("bad", flags=flags), said_hello=False)
    refused(connect("bad", will={"topic": "w", "payload": b"x", "qos": 3}), said_hello=False)
    refused(connect("bad", user=None, password="demo"), said_hello=False)


@check("wrong or missing credentials are answered with a return code and a closed connection", "MQTT-3.2.2-5")
def _():
    for user, password in (("demo", "wrong"), (None, None), (DEVICE, "demo")):
        client = Raw(PORT, connect("stranger", user=user, password=password))
        assert code_of(client) in (4, 5), client.connack
        assert present(client) == 0
        assert client.is_closed()


@check("an empty client id with a clean session gets a name; without one it is answered with return code 2", "MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.1.3-8")
def _():
    for _ in range(2):
        client = hello("")
        assert code_of(client) == 0
        client.settle()
        client.leave()
    nameless = Raw(PORT, connect("", clean=False))
    assert (code_of(nameless), present(nameless)) == (2, 0)
    assert nameless.is_closed()


@check("client ids of 1 to 23 letters and digits are accepted; one that is too long is answered with return code 2", "MQTT-3.1.3-5", "MQTT-3.1.3-9")
def _():
    for client_id in ("a", "0123456789abcdefghijABC"):
        client = hello(client_id)
        assert code_of(client) == 0
        client.leave()
    long = Raw(PORT, connect("x" * 200))
    assert code_of(long) == 2
    assert long.is_closed()


@check("the newest connection of a client id takes over, and the older one is closed", "MQTT-3.1.4-2")
def _():
    older, newer = hello("twin"), hello("twin")
    assert older.is_closed()
    newer.settle()
    newer.leave()


@check("packets sent right behind CONNECT are served after the CONNACK", "MQTT-3.2.0-1")
def _():
    client = Raw(PORT)
    body = [publish("eager/x", b"%d" % n, qos=1, mid=n) for n in range(1, 301)]
    client.send(connect("eager"), subscribe(1000, ("eager/x", 0)), *body)
    kinds = []
    while kinds.count("puback") < 300 or kinds.count("publish") < 300:
        kinds.append(client.read()["kind"])
    assert kinds[0] == "connack" and "suback" in kinds
    client.leave()


@check("silence for one and a half times the keep-alive ends the connection, and the will is said", "MQTT-3.1.2-24", "MQTT-3.1.2-8")
def _():
    listener = hello("listener")
    listener.subscribe(("will/silent", 0))
    silent = hello("silent", keepalive=1, will={"topic": "will/silent", "payload": b"gone"})
    assert silent.is_closed()
    assert listener.next("publish")["payload"] == b"gone"
    listener.leave()


@check("all of it goes over WebSocket too, in whatever frames", "MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3", "MQTT-6.0.0-4")
def _():
    page, device = Peer("page", web=True), Peer("device")
    assert page.subscribe(("web/+", 2)) == [2]
    large = bytes(range(256)) * 400
    for qos in (0, 1, 2):
        device.publish(f"web/{qos}", large, qos)
        page.publish("web/own", b"%d" % qos, qos)
    page.hears(*((f"web/{qos}", large, qos, False) for qos in (0, 1, 2)), *(("web/own", b"%d" % q, q, False) for q in (0, 1, 2)))
    page.leave(), device.leave()


# --- the will


@check("a will is said when the connection is lost, and not after a DISCONNECT", "MQTT-3.1.2-8", "MQTT-3.1.2-10", "MQTT-3.14.4-3")
def _():
    listener = Peer("listener")
    listener.subscribe(("will/+", 2))
    polite = hello("polite", will={"topic": "will/polite", "payload": b"gone", "qos": 1})
    polite.leave()
    for qos in (0, 1, 2):
        lost = hello(f"lost{qos}", will={"topic": f"will/{qos}", "payload": b"gone", "qos": qos})
        lost.vanish()
        eventually(lambda: len(listener.heard) == qos + 1, "no will came")
    listener.hears(*((f"will/{qos}", b"gone", qos, False) for qos in (0, 1, 2)))
    listener.leave()


@check("a will with retain is there for whoever comes later, and one without is not", "MQTT-3.1.2-16", "MQTT-3.1.2-17")
def _():
    witness = Peer("witness")
    witness.subscribe(("will-kept/+", 1))
    hello("lost-a", will={"topic": "will-kept/a", "payload": b"gone", "qos": 1, "retain": True}).vanish()
    hello("lost-b", will={"topic": "will-kept/b", "payload": b"gone", "qos": 1}).vanish()
    eventually(lambda: len(witness.heard) == 2, "no wills came")
    late = Peer("late")
    late.subscribe(("will-kept/+", 1))
    late.hears(("will-kept/a", b"gone", 1, True))
    late.publish("will-kept/a", b"", retain=True)
    witness.leave(), late.leave()


@check("a protocol error is no goodbye: the will is said", "MQTT-3.1.2-8", "MQTT-4.8.0-1")
def _():
    listener = hello("listener")
    listener.subscribe(("will/error", 0))
    hello("error", will={"topic": "will/error", "payload": b"gone"}).send(b"\xff\x00")
    assert listener.next("publish")["payload"] == b"gone"
    listener.leave()


# --- retained messages


@check("a retained message is kept, replaced and cleared; new subscribers get it marked, present ones unmarked", "MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-8", "MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-11")
def _():
    present_one, speaker = Peer("present"), Peer("speaker")
    present_one.subscribe(("kept/#", 2))
    for qos, said in ((0, b"one"), (1, b"two"), (2, b"three")):
        speaker.publish(f"kept/{qos}", b"old", qos, True)
        speaker.publish(f"kept/{qos}", said, qos, True)
    live = [(f"kept/{qos}", said, qos, False) for qos, new in ((0, b"one"), (1, b"two"), (2, b"three")) for said in (b"old", new)]
    present_one.hears(*live)
    late = Peer("late")
    late.subscribe(("kept/#", 2))
    eventually(lambda: len(late.heard) == 3, "not all retained messages came")
    assert sorted(late.heard) == [("kept/0", b"one", 0, True), ("kept/1", b"two", 1, True), ("kept/2", b"three", 2, True)], late.heard
    for qos in (0, 1, 2):
        speaker.publish(f"kept/{qos}", b"", 1, True)
    nobody = Peer("nobody")
    nobody.subscribe(("kept/#", 2))
    nobody.hears()
    for peer in (present_one, speaker, late, nobody):
        peer.leave()


@check("a message without retain neither replaces nor clears the retained one", "MQTT-3.3.1-12")
def _():
    speaker = Peer("speaker")
    speaker.publish("stays/a", b"kept", 1, True)
    speaker.publish("stays/a", b"passing", 1, False)
    speaker.publish("stays/a", b"", 1, False)
    late = Peer("late")
    late.subscribe(("stays/a", 1))
    late.hears(("stays/a", b"kept", 1, True))
    speaker.publish("stays/a", b"", 1, True)
    speaker.leave(), late.leave()


@check("subscribing once more brings the retained message once more, at the new QoS", "MQTT-3.8.4-3")
def _():
    speaker = Peer("speaker")
    speaker.publish("again/a", b"kept", 2, True)
    client = hello("again")
    for qos in (1, 0):
        assert client.subscribe(("again/a", qos)) == [qos]
        assert (lambda m: (m["qos"], m["retain"]))(client.next("publish")) == (qos, 1)
    client.send(publish("again/a", b"now", 0))
    assert client.next("publish")["qos"] == 0
    assert client.settle() == []
    speaker.publish("again/a", b"", 1, True)
    client.leave(), speaker.leave()


# --- quality of service


@check("a message arrives at the lower of its own QoS and the granted one, and never twice", "MQTT-3.8.4-6", "MQTT-4.3.1-1", "MQTT-4.3.2-1", "MQTT-4.3.3-1")
def _():
    speaker = Peer("speaker")
    for granted in (0, 1, 2):
        listener = Peer(f"granted{granted}")
        assert listener.subscribe(("level/+", granted)) == [granted]
        for qos in (0, 1, 2):
            speaker.publish(f"level/{qos}", b"x", qos)
        listener.hears(*((f"level/{qos}", b"x", min(qos, granted), False) for qos in (0, 1, 2)))
        listener.leave()
    speaker.leave()


@check("QoS 2: a repeated PUBLISH is answered again but forwarded once, until PUBREL frees its id", "MQTT-4.3.3-2", "MQTT-2.3.1-3", "MQTT-3.3.1-3")
def _():
    listener, client = hello("listener"), hello("client")
    listener.subscribe(("once/a", 2))
    for dup in (False, True, True):
        client.send(publish("once/a", b"1", 2, 7, dup=dup))
        assert client.next("pubrec")["mid"] == 7
    for _ in range(2):
        client.send(answer("pubrel", 7))
        assert client.next("pubcomp")["mid"] == 7
    client.send(publish("once/a", b"2", 2, 7))
    assert client.next("pubrec")["mid"] == 7
    first, second = listener.next("publish"), listener.next("publish")
    assert [(m["payload"], m["dup"]) for m in (first, second)] == [(b"1", 0), (b"2", 0)]
    assert first["mid"] != second["mid"]
    for m in (first, second):
        listener.send(answer("pubrec", m["mid"]))
        found = listener.next("pubrel")
        assert (found["mid"], found["flags"]) == (m["mid"], 2)
        listener.send(answer("pubcomp", m["mid"]))
    assert listener.settle() == []
    client.leave(), listener.leave()


@check("QoS 1: each PUBLISH is answered with its own id, in order, and an id may be used again afterwards", "MQTT-4.3.2-2", "MQTT-4.6.0-2", "MQTT-2.3.1-6")
def _():
    client = hello("ids")
    for _ in range(2):
        client.send(*(publish("ids/a", b"x", 1, mid) for mid in (1, 65535, 300, 2)))
        assert [client.next("puback")["mid"] for _ in range(4)] == [1, 65535, 300, 2]
    client.leave()


@check("the repetition flag of a sender is not passed on", "MQTT-3.3.1-3")
def _():
    listener, client = hello("listener"), hello("client")
    listener.subscribe(("dup/a", 1))
    client.send(publish("dup/a", b"x", 1, 5, dup=True))
    client.next("puback")
    assert listener.next("publish")["dup"] == 0
    client.leave(), listener.leave()


@check("messages of one sender on one topic keep their order at every QoS, while others speak too", "MQTT-4.6.0-5", "MQTT-4.6.0-6")
def _():
    listener, other = Peer("listener"), Peer("noise")
    listener.subscribe(("order/#", 2))
    senders = [Peer(f"sender{qos}") for qos in (0, 1, 2)]
    for n in range(200):
        for qos, sender in enumerate(senders):
            sender.paho.publish(f"order/{qos}", b"%d" % n, qos)
        other.paho.publish("order/noise", b"x", n % 3, retain=n % 7 == 0)
    eventually(lambda: len([h for h in listener.heard if h[0] != "order/noise"]) == 600, "not all came")
    for qos in (0, 1, 2):
        assert [int(h[1]) for h in listener.heard if h[0] == f"order/{qos}"] == list(range(200)), qos
    other.publish("order/noise", b"", retain=True)
    for peer in (listener, other, *senders):
        peer.leave()


@check("a payload near the limit arrives whole, and one beyond ends its own connection", "MQTT-2.2.3")
def _():
    listener, client = Peer("listener"), Peer("client")
    listener.subscribe(("large/a", 1))
    large = bytes(range(256)) * 1020
    client.publish("large/a", large)
    listener.hears(("large/a", large, 1, False))
    client.leave(), listener.leave()
    refused(publish("large/a", b"x" * 300_000, 1, 1))


# --- filters


@check("+ stands for one level and # for all that follow, the level before it included", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-4")
def _():
    table = {
        "sport/tennis/player1/#": ("sport/tennis/player1", "sport/tennis/player1/ranking", "sport/tennis/player1/score/wimbledon"),
        "sport/#": ("sport", "sport/", "sport/tennis/player1"),
        "sport/+": ("sport/", "sport/tennis"),
        "sport/tennis/+": ("sport/tennis/player1", "sport/tennis/"),
        "+/+": ("/finance", "sport/tennis", "sport/"),
        "/+": ("/finance",),
        "+": ("sport", "finance"),
        "+/tennis/#": ("sport/tennis", "sport/tennis/player1", "sport/tennis/"),
        "a//b": ("a//b",),
        "a/+/b": ("a//b",),
        "ACCOUNTS": ("ACCOUNTS",),
        "Größe/+": ("Größe/雪",),
        "with space/a b": ("with space/a b",),
    }
    topics = sorted({topic for topics in table.values() for topic in topics} | {"finance", "Accounts", "sport/tennis/player2", "/"})
    speaker = Peer("speaker")
    for index, (filter, matching) in enumerate(table.items()):
        listener = hello(f"filter{index}")
        listener.subscribe((filter, 1))
        for topic in topics:
            speaker.publish(topic, topic.encode())
        heard = {m["payload"].decode() for m in listener.settle()}
        expected = set(matching)
        if filter == "sport/#":
            expected |= {t for t in topics if t.startswith("sport/")}
        if filter in ("+/+",):
            expected |= {t for t in topics if t.count("/") == 1}
        if filter == "/+":
            expected |= {"/"}
        if filter == "+":
            expected |= {t for t in topics if "/" not in t}
        if filter == "sport/tennis/+":
            expected |= {"sport/tennis/player2"}
        if filter == "sport/+":
            expected |= {t for t in topics if t.startswith("sport/") and t.count("/") == 1}
        if filter == "+/tennis/#":
            expected |= {t for t in topics if t.startswith("sport/tennis")}
        assert heard == expected, f"{filter}: {heard ^ expected}"
        listener.leave()
    speaker.leave()


@check("a filter with a wildcard in the wrong place ends the connection", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-1")
def _():
    for filter in ("a#", "#/a", "a/#/b", "a+", "+a", "a/b+", "a/+b/c", ""):
        refused(subscribe(1, (filter, 0)))
        refused(unsubscribe(1, filter))


@check("overlapping subscriptions bring one message, at the highest QoS of them", "MQTT-3.3.5-1")
def _():
    for clean in (True, False):
        listener, speaker = hello("overlap", clean=clean), Peer("speaker")
        assert listener.subscribe(("over/a", 0), ("over/+", 2), ("over/#", 1)) == [0, 2, 1]
        speaker.publish("over/a", b"x", 2)
        m = listener.next("publish")
        assert m["qos"] == 2
        assert listener.settle() == []
        listener.send(answer("pubrec", m["mid"]))
        listener.next("pubrel")
        listener.send(answer("pubcomp", m["mid"]))
        listener.leave(), speaker.leave()
    hello("overlap").leave()


@check("topics that begin with $ are hidden from wildcards at the beginning", "MQTT-4.7.2-1")
def _():
    listener = hello("dollar")
    listener.subscribe(("#", 1), ("+/#", 1), ("+/x", 1))
    # aedes itself speaks on $SYS whenever somebody comes or goes
    hello("somebody").leave()
    assert [m for m in listener.settle() if m["kind"] == "publish" and m["topic"].startswith("$")] == []
    listener.leave()


@check("unsubscribing ends what comes, and is answered even for what was never subscribed", "MQTT-3.10.4-1", "MQTT-3.10.4-2", "MQTT-3.10.4-4", "MQTT-3.10.4-5")
def _():
    listener, speaker = Peer("listener"), Peer("speaker")
    listener.subscribe(("leave/a", 1), ("leave/b", 1))
    listener.unsubscribe("leave/a", "never/had")
    speaker.publish("leave/a", b"x")
    speaker.publish("leave/b", b"x")
    listener.hears(("leave/b", b"x", 1, False))
    listener.leave(), speaker.leave()


@check("each filter has its own answer in the SUBACK, and a forbidden one is 0x80", "MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-5", "MQTT-3.9.3-1")
def _():
    device = hello(DEVICE, user=DEVICE, password=PASSWORD)
    own = f"store/main/shelf/{DEVICE}/command"
    device.send(subscribe(77, (own, 1), ("store/main/#", 1), ("#", 2), (own.replace(DEVICE, "B9"), 0)))
    suback = device.next("suback")
    assert (suback["mid"], list(suback["body"][2:])) == (77, [1, 0x80, 0x80, 0x80])
    speaker = Peer("speaker")
    speaker.publish("store/main/shelf/B9/command", b"secret")
    speaker.publish(own, b"tare")
    assert [m["payload"] for m in device.settle()] == [b"tare"]
    device.leave(), speaker.leave()


@check("SUBSCRIBE and UNSUBSCRIBE without a filter, or with a QoS that does not exist, end the connection", "MQTT-3.8.3-3", "MQTT-3.8.3-4", "MQTT-3.10.3-2")
def _():
    refused(subscribe(1))
    refused(unsubscribe(1))
    refused(packet(0x82, b"\x00\x01" + text("a") + b"\x03"))
    refused(packet(0x82, b"\x00\x01" + text("a") + b"\x04"))


# --- rules of the packets


@check("reserved flags, packet types of a server and packet id 0 end the connection", "MQTT-2.2.2-1", "MQTT-2.2.2-2", "MQTT-2.3.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1", "MQTT-3.6.1-1")
def _():
    for first, body in (
        (0x80, subscribe(1, ("a", 0))[2:]), (0xA0, unsubscribe(1, "a")[2:]), (0x60, b"\x00\x01"), (0x41, b"\x00\x01"),
        (0xC1, b""), (0xE1, b""), (0x20, b"\x00\x00"), (0x90, b"\x00\x01\x00"), (0xB0, b"\x00\x01"), (0xD0, b""),
        (0x00, b""), (0xF0, b""), (0xC0, b"x"), (0x40, b"\x00\x01x"), (0x40, b"\x00"),
    ):
        refused(packet(first, body))
    refused(publish("a", b"x", 1, 0))
    refused(subscribe(0, ("a", 0)))


@check("QoS 3, a repeated QoS 0, a topic that is empty or has a wildcard end the connection", "MQTT-3.3.1-4", "MQTT-3.3.1-2", "MQTT-3.3.2-2", "MQTT-4.7.3-1")
def _():
    refused(packet(0x36, text("a") + b"\x00\x01x"))
    refused(publish("a", b"x", 0, dup=True))
    for topic in ("", "a/+", "#", "a#b"):
        refused(publish(topic, b"x"))


@check("text that is not UTF-8, or holds U+0000 or a surrogate, ends the connection; any other character passes", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-1.5.3-3", "MQTT-3.3.2-1")
def _():
    for wrong in (b"a\x00b", b"a\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82"):
        for qos in (0, 1, 2):
            refused(publish(wrong, b"x", qos, 1))
        refused(subscribe(1, (wrong, 0)))
        refused(unsubscribe(1, wrong))
        refused(connect(wrong), said_hello=False)
        refused(connect("bad", user=wrong), said_hello=False)
        refused(connect("bad", will={"topic": wrong, "payload": b""}), said_hello=False)
    client = hello("utf8")
    for topic in ("\ufeffbom", "\ufffd", "🛒/Größe", "\u0001"):
        client.subscribe((topic, 0))
        client.send(publish(topic, b"\x00\xff"))
        m = client.next("publish")
        assert (m["topic"], m["payload"]) == (topic, b"\x00\xff"), m
    client.leave()


@check("a length of five bytes or fields longer than their packet end the connection", "MQTT-2.2.3", "MQTT-4.8.0-1")
def _():
    refused(b"\x30\xff\xff\xff\xff\x01")
    refused(packet(0x30, b"\x00\x09abc"))
    refused(packet(0x32, text("a")))
    refused(packet(0x82, b"\x00\x01\x00\x09a"))


# --- sessions


@check("a clean session leaves nothing behind; a kept one says so when it is there again, with or without subscriptions", "MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.2.2-1", "MQTT-3.2.2-2", "MQTT-3.2.2-3")
def _():
    for filters in ((), (("kept-session/a", 1),)):
        first = hello("keeper", clean=False)
        assert present(first) == 0
        if filters:
            first.subscribe(*filters)
        first.leave()
        again = hello("keeper", clean=False)
        assert present(again) == 1, filters
        again.leave()
        cleaned = hello("keeper")
        assert present(cleaned) == 0
        cleaned.leave()
    last = hello("keeper", clean=False)
    assert present(last) == 0
    speaker = Peer("speaker")
    speaker.publish("kept-session/a", b"x")
    assert last.settle() == []
    last.leave(), speaker.leave(), hello("keeper").leave()


@check("what was said to a kept session while it was away comes in order, unmarked as retained, and QoS 0 need not", "MQTT-4.4.0-1", "MQTT-4.6.0-6", "MQTT-3.3.1-9")
def _():
    away, speaker = Peer("away", clean=False), Peer("speaker")
    away.subscribe(("away/+", 1))
    away.leave()
    for n in range(50):
        speaker.publish("away/a", b"%d" % n, 1 + n % 2, retain=n == 20)
    speaker.publish("away/a", b"passing", 0)
    back = Peer("away", clean=False)
    back.hears(*(("away/a", b"%d" % n, 1, False) for n in range(50)))
    speaker.publish("away/a", b"", retain=True)
    back.leave(), speaker.leave(), hello("away").leave()


@check("what comes while a session is catching up does not overtake what it missed", "MQTT-4.6.0-6")
def _():
    away, speaker = Peer("catching", clean=False), Peer("speaker")
    away.subscribe(("catch/a", 1))
    away.leave()
    for n in range(3_000):
        speaker.paho.publish("catch/a", b"%d" % n, 1)
    speaker.publish("catch/a", b"3000")
    back = hello("catching", clean=False)
    speaker.paho.publish("catch/a", b"3001", 1)
    speaker.paho.publish("catch/a", b"3002", 1)
    heard = []
    while len(heard) < 3_003:
        m = back.next("publish")
        heard.append(int(m["payload"]))
        back.send(answer("puback", m["mid"]))
    assert heard == list(range(3_003))
    back.leave(), speaker.leave(), hello("catching").leave()


@check("what was sent but not acknowledged comes again after a reconnect, under the same id and marked as repeated", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-4")
def _():
    first, speaker = hello("unsure", clean=False), Peer("speaker")
    first.subscribe(("unsure/+", 2))
    for qos in (1, 2, 2):
        speaker.publish(f"unsure/{qos}", b"x", qos)
    sent = [first.next("publish") for _ in range(3)]
    assert [(m["qos"], m["dup"]) for m in sent] == [(1, 0), (2, 0), (2, 0)]
    assert len({m["mid"] for m in sent}) == 3
    first.send(answer("pubrec", sent[2]["mid"]))
    first.next("pubrel")
    first.vanish()
    again = hello("unsure", clean=False)
    for m in sent[:2]:
        found = again.next("publish")
        assert (found["mid"], found["dup"], found["qos"]) == (m["mid"], 1, m["qos"]), found
    found = again.next("pubrel")
    assert (found["mid"], found["flags"]) == (sent[2]["mid"], 2)
    again.send(answer("puback", sent[0]["mid"]), answer("pubrec", sent[1]["mid"]), answer("pubcomp", sent[2]["mid"]))
    again.next("pubrel")
    again.send(answer("pubcomp", sent[1]["mid"]))
    assert again.settle() == []
    again.leave()
    last = hello("unsure", clean=False)
    assert last.settle() == []
    last.leave(), speaker.leave(), hello("unsure").leave()


@check("a retained QoS 2 message reaches a kept session and its handshake completes", "MQTT-4.3.3-1")
def _():
    speaker, client = Peer("speaker"), hello("kept2", clean=False)
    speaker.publish("kept2/a", b"x", 2, True)
    client.subscribe(("kept2/a", 2))
    m = client.next("publish")
    assert (m["qos"], m["retain"]) == (2, 1)
    client.send(answer("pubrec", m["mid"]))
    assert client.next("pubrel")["mid"] == m["mid"]
    client.send(answer("pubcomp", m["mid"]))
    assert client.settle() == []
    speaker.publish("kept2/a", b"", 1, True)
    client.leave(), speaker.leave(), hello("kept2").leave()


def survives(how):
    """Sessions, retained messages and queues, the sender acknowledged and the listener away, then the gateway ends."""
    away, speaker, half = Peer("away", clean=False), Peer("speaker"), hello("half", clean=False)
    away.subscribe(("long/+", 2))
    away.leave()
    half.subscribe(("long/2", 2))
    speaker.publish("long/kept", b"status", 1, True)
    for n in range(40):
        speaker.publish(f"long/{1 + n % 2}", b"%d" % n, 1 + n % 2)
    # one listener was half way through: it has 1 and says so, and has not answered 3
    got = [half.next("publish") for _ in range(20)]
    half.send(answer("pubrec", got[0]["mid"]))
    assert half.next("pubrel")["mid"] == got[0]["mid"]
    # and a sender was half way through
    sender = hello("sender", clean=False)
    sender.send(publish("long/2", b"mine", 2, 9))
    sender.next("pubrec")
    restart(how)
    back = Peer("away", clean=False)
    assert back.session[0] == 1
    eventually(lambda: len(back.heard) >= 42, f"only {len(back.heard)} came")
    expected = [("long/kept", b"status", 1, False)]
    expected += [(f"long/{1 + n % 2}", b"%d" % n, 1 + n % 2, False) for n in range(40)]
    sender = hello("sender", clean=False)
    assert present(sender) == 1
    sender.send(publish("long/2", b"mine", 2, 9, dup=True))
    sender.next("pubrec")
    sender.send(answer("pubrel", 9))
    sender.next("pubcomp")
    back.hears(*expected, ("long/2", b"mine", 2, False))
    half = hello("half", clean=False)
    assert present(half) == 1
    found = half.next("pubrel")
    assert found["mid"] == got[0]["mid"]
    half.send(answer("pubcomp", found["mid"]))
    for m in got[1:]:
        found = half.next("publish")
        assert (found["mid"], found["payload"], found["dup"]) == (m["mid"], m["payload"], 1), found
    assert half.next("publish")["payload"] == b"mine"
    late = Peer("late")
    late.subscribe(("long/kept", 1))
    late.hears(("long/kept", b"status", 1, True))
    late.publish("long/kept", b"", 1, True)
    for peer in (back, half, sender, late):
        peer.leave()
    for name in ("away", "half", "sender"):
        hello(name).leave()


@check("sessions, retained messages, queued QoS 1 and 2 and half-done QoS 2 survive a restart of the gateway", "MQTT-3.1.2-4", "MQTT-4.4.0-1", "MQTT-4.3.3-1", "MQTT-4.3.3-2")
def _():
    survives("stop")


@check("they survive kill -9 as well: what was acknowledged to the sender is owed to the listener", "MQTT-3.1.2-4", "MQTT-4.4.0-1", "MQTT-4.3.2-2", "MQTT-4.3.3-2")
def _():
    survives("kill")


def main():
    global PORT, WEB_PORT, DEVICE, PASSWORD
    if sys.argv[1:] == ["--list"]:
        print(json.dumps([{"name": name, "statements": statements} for name, statements, _ in CHECKS]))
        return
    PORT, WEB_PORT, DEVICE, PASSWORD = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    only = sys.argv[5] if len(sys.argv) > 5 else ""
    for name, _, function in CHECKS:
        if only not in name:
            continue
        detail = None
        try:
            function()
        except Exception as error:  # the next check has its say all the same
            frame = error.__traceback__
            while frame.tb_next:
                frame = frame.tb_next
            detail = f"{type(error).__name__}: {error} (line {frame.tb_lineno})"
        print(json.dumps({"name": name, "failure": detail}), flush=True)


main()
