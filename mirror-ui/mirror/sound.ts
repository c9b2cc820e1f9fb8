/** The shopper's voice, only while they want friends to hear them. */
export type Sound = "off" | "asking" | "on" | "denied";

/** Asks for the microphone; undefined when it may not be used or there is none. The caller stops the track. */
export async function openMicrophone(): Promise<MediaStreamTrack | undefined> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      // the mirror stands in a shop with music in it
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      video: false,
    });
    return stream.getAudioTracks()[0];
  } catch {
    return undefined;
  }
}
