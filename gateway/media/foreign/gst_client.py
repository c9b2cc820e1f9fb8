#!/usr/bin/python3
"""A publisher or player that is not ours: GStreamer's webrtcbin, as Debian ships it.

gst_client.py publish|play URL [--token T] [--codec VP8|H264] [--audio] [--counter-offer] [--host-only ADDRESS]

Prints what happened as lines of JSON, and does what lines on its input say: frames N [video|audio [SECONDS]], restart, delete, quit.
"""

import argparse
import os
import secrets
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

from webrtc_http import Session, fragment_of, tell  # noqa: E402

CODECS = {
    # RTP caps of an offer, how frames are made, how they are decoded
    "VP8": ("encoding-name=VP8", "vp8enc deadline=1 target-bitrate=500000 ! rtpvp8pay picture-id-mode=15-bit", "rtpvp8depay ! vp8dec"),
    "H264": (
        "encoding-name=H264,packetization-mode=(string)1,profile-level-id=(string)42e01f,level-asymmetry-allowed=(string)1",
        "openh264enc ! video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1 ! rtph264pay aggregate-mode=zero-latency",
        "rtph264depay ! h264parse ! openh264dec",
    ),
}
FEEDBACK = "rtcp-fb-nack=(boolean)true,rtcp-fb-nack-pli=(boolean)true"
ANSWER, OFFER = GstWebRTC.WebRTCSDPType.ANSWER, GstWebRTC.WebRTCSDPType.OFFER


class Peer:
    """One webrtcbin in a pipeline of its own, with its candidates and what it has decoded."""

    def __init__(self, args):
        self.args = args
        self.candidates = []
        self.gathered = threading.Event()
        self.negotiable = threading.Event()
        self.decoded = {"video": 0, "audio": 0}
        self.frame = threading.Condition()
        self.pipeline = Gst.parse_launch(source_of(args)) if args.role == "publish" else Gst.Pipeline.new()
        if args.role == "publish":
            self.rtc = self.pipeline.get_by_name("rtc")
        else:
            self.rtc = Gst.ElementFactory.make("webrtcbin")
            # the default holds back 200 ms of picture
            self.rtc.set_property("latency", 40)
            self.pipeline.add(self.rtc)
        self.rtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.rtc.connect("on-negotiation-needed", lambda rtc: self.negotiable.set())
        self.rtc.connect("on-ice-candidate", self.on_candidate)
        self.rtc.connect("notify::ice-gathering-state", self.on_gathering)
        self.rtc.connect("notify::ice-connection-state", lambda rtc, _: self.tell_state("ice", "ice-connection-state"))
        self.rtc.connect("notify::connection-state", lambda rtc, _: self.tell_state("connection", "connection-state"))
        self.rtc.connect("pad-added", self.on_pad)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: tell("error", reason=message.parse_error()[0].message))
        if args.role == "play" and not args.counter_offer:
            self.add_receivers()
        # parse_launch has made the transceivers of a publisher when it linked its pads
        for index in range(2 if args.role == "publish" and args.audio else 1 if args.role == "publish" else 0):
            transceiver = self.rtc.emit("get-transceiver", index)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        self.pipeline.set_state(Gst.State.PLAYING)

    def add_receivers(self):
        recvonly = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        caps = f"application/x-rtp,media=video,{CODECS[self.args.codec][0]},clock-rate=90000,payload=98,{FEEDBACK}"
        self.rtc.emit("add-transceiver", recvonly, Gst.Caps.from_string(caps))
        if self.args.audio:
            audio = "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=97"
            self.rtc.emit("add-transceiver", recvonly, Gst.Caps.from_string(audio))

    def describe(self, kind):
        """Makes an offer or an answer and takes it as the local description; returns its text."""
        if kind == "offer":
            # before that the encoder's caps, and with them the a=ssrc of an offer, are unknown
            self.negotiable.wait(10)
        promise = Gst.Promise.new()
        self.rtc.emit(f"create-{kind}", None, promise)
        promise.wait()
        # kept by name: PyGObject frees the description together with the reply it came in
        reply = promise.get_reply()
        description = reply.get_value(kind)
        text = description.sdp.as_text()
        done = Gst.Promise.new()
        self.rtc.emit("set-local-description", description, done)
        done.wait()
        return text

    def hear(self, kind, text):
        """Takes the server's SDP as the remote description."""
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        done = Gst.Promise.new()
        self.rtc.emit("set-remote-description", GstWebRTC.WebRTCSessionDescription.new(kind, sdp), done)
        done.wait()

    def on_candidate(self, _rtc, _index, candidate):
        wanted = self.args.host_only
        if candidate and (wanted is None or f" {wanted} " in candidate):
            self.candidates.append(candidate)

    def on_gathering(self, rtc, _):
        if rtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            self.gathered.set()

    def tell_state(self, step, name):
        tell(step, state=self.rtc.get_property(name).value_nick)

    def on_pad(self, _rtc, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps() or pad.query_caps()
        structure = caps.get_structure(0)
        kind, name = structure.get_string("media"), structure.get_string("encoding-name")
        decoder = "rtpopusdepay ! opusdec" if kind == "audio" else CODECS[name][2]
        chain = Gst.parse_bin_from_description(f"{decoder} ! fakesink name=end sync=false", True)
        self.pipeline.add(chain)
        end = chain.get_by_name("end").get_static_pad("sink")
        end.add_probe(Gst.PadProbeType.BUFFER, self.on_frame, kind)
        chain.sync_state_with_parent()
        pad.link(chain.get_static_pad("sink"))

    def on_frame(self, pad, _info, kind):
        with self.frame:
            self.decoded[kind] += 1
            if self.decoded[kind] == 1:
                structure = pad.get_current_caps().get_structure(0)
                size = {} if kind == "audio" else {"width": structure.get_int("width")[1], "height": structure.get_int("height")[1]}
                tell("first", kind=kind, **size)
            self.frame.notify_all()
        return Gst.PadProbeReturn.OK

    def wait_frames(self, count, kind="video", seconds="20"):
        with self.frame:
            goal = self.decoded[kind] + count
            enough = self.frame.wait_for(lambda: self.decoded[kind] >= goal, float(seconds))
        tell("frames", enough=enough, kind=kind, decoded=self.decoded[kind])

    def close(self):
        self.pipeline.set_state(Gst.State.NULL)


def source_of(args):
    encoder = CODECS[args.codec][1]
    video = (
        "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=30/1 ! videoconvert ! "
        f"queue ! {encoder} pt=96 ! application/x-rtp,media=video,encoding-name={args.codec},payload=96,{FEEDBACK} ! rtc."
    )
    audio = (
        " audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! queue ! opusenc ! rtpopuspay pt=97 ! "
        "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,encoding-params=(string)2 ! rtc."
    )
    return "webrtcbin name=rtc " + video + (audio if args.audio else "")


def join(args, session):
    """Everything up to the picture; returns the peer and its local SDP, or None when the server refused."""
    peer = Peer(args)
    offer = "" if args.counter_offer == "empty" else make_offer(args, peer)
    status, body = session.post(offer, prefer="counter-offer" if args.counter_offer == "prefer" else None)
    if body is None:
        return None
    # an empty POST is answered by 201 and the server's offer, one that does not fit by 406 and the server's offer
    if status == 201 and offer:
        peer.hear(ANSWER, body)
        peer.gathered.wait(10)
        session.trickle(fragment_of(offer, peer.candidates))
        return peer, offer
    peer.hear(OFFER, body)
    answer = peer.describe("answer")
    if not session.answer(answer):
        return None
    peer.gathered.wait(10)
    session.trickle(fragment_of(answer, peer.candidates))
    return peer, answer


def make_offer(args, peer):
    if args.counter_offer != "prefer":
        return peer.describe("offer")
    # what is refused anyway must not bind the peer that will answer
    other = argparse.Namespace(**{**vars(args), "counter_offer": None})
    asking = Peer(other)
    offer = asking.describe("offer")
    asking.close()
    return offer


def run(args, loop):
    session = Session(args.url, args.token)
    session.options()
    if args.role == "play":
        session.head()
    joined = join(args, session)
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "quit" or joined is None:
            break
        peer, local = joined
        if word == "frames":
            peer.wait_frames(int(rest[0]), *rest[1:3])
        elif word == "restart":
            session.restart(fragment_of(local, credentials=(secrets.token_hex(4), secrets.token_hex(16))))
        elif word == "delete":
            session.delete()
    loop.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["publish", "play"])
    parser.add_argument("url")
    parser.add_argument("--token")
    parser.add_argument("--codec", choices=list(CODECS), default="VP8")
    parser.add_argument("--audio", action="store_true")
    parser.add_argument("--counter-offer", choices=["empty", "prefer"])
    parser.add_argument("--host-only")
    arguments = parser.parse_args()
    Gst.init(None)
    main_loop = GLib.MainLoop()
    threading.Thread(target=run, args=(arguments, main_loop), daemon=True).start()
    main_loop.run()
    tell("over")
    # webrtcbin's threads do not always end by themselves
    sys.stdout.flush()
    os._exit(0)
