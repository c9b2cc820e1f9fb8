/** What was done, as people say it; `subject` is put where … stands. */
const deeds: Record<string, string> = {
  "gateway.start": "The gateway started",
  "devices.adopt": "Adopted …",
  "devices.replace": "Replaced …",
  "devices.retire": "Retired …",
  "devices.dismiss": "Forgot …",
  "devices.commands": "Asked something of …",
  "devices.credentials": "Gave … a new password",
  "devices.credentials.delete": "Took the password of … away",
  "inbox.try": "Tried to read a message",
  "inbox.delete": "Forgot a topic of the inbox",
  firmware: "Brought firmware in",
  rollouts: "Started a roll-out",
  "rollouts.halt": "Halted roll-out …",
  "sign-in": "Signed in",
  "sign-out": "Signed out",
  "sign-out.everywhere": "Signed … out everywhere",
  "sign-out.elsewhere": "Signed another browser out",
  "passkey.add": "Added the passkey …",
  "passkey.rename": "Named a passkey …",
  "passkey.remove": "Removed the passkey …",
  "password.change": "Changed the password",
  "pin.change": "Changed the PIN",
  "account.add": "Added the account …",
  "account.invite": "Invited …",
  "account.remove": "Removed the account …",
  "invitation.accept": "Took up an invitation",
  "device.add": "Gave … a password",
  "device.cert": "Gave … a certificate",
  "device.remove": "Took the access of … away",
  "device.key": "Told the key of sensor …",
  "device.key.remove": "Forgot the key of sensor …",
  "firmware.trust": "Takes firmware signed by …",
  "firmware.distrust": "Takes no more firmware signed by …",
  "rollouts.done": "Roll-out … is through",
  "rollouts.halted": "Roll-out … stopped",
  "rollouts.rolling-back": "Roll-out … goes back",
  "rollouts.rolled-back": "Roll-out … is taken back",
  restore: "Put the backup … back",
};

/** "Adopted scale-7"; an action that has no words of its own is told as it is written. */
export function deedWords(action: string, subject = ""): string {
  const words = deeds[action];
  if (words === undefined) return `${action} ${subject}`.trim();
  return words.replace("…", subject).replace(/ {2,}/g, " ").trim();
}

const refusals: Record<string, string> = {
  "400": "it was not filled in rightly",
  "401": "not signed in",
  "403": "not allowed",
  "404": "there is no such thing",
  "409": "it did not fit what is there",
  "429": "too often",
};

/** Why it came to nothing. */
export const refusedWords = (detail = "") => `Refused${detail === "" ? "" : `: ${refusals[detail] ?? detail}`}.`;
