/** At least ten: with the growing waits of guesses.ts nobody tries more than some hundred a day. */
export const minPasswordLength = 10;
export const maxPasswordLength = 128;
/**
 * Six digits for new PINs: the lock lets a stranger in the shop try about thirty on the first day and a few a day later.
 * Of four digits, chosen like birthdays, that would find one account in a few; of six it does not. PINs of earlier
 * versions keep working until they are changed.
 */
export const minPinLength = 6;
export const maxPinLength = 12;

/** What people choose most, reduced to its letters: "P4ssw0rd2024!" is "password". */
const commonWords = new Set(
  `password passwort passwords motdepasse contrasena wachtwoord heslo haslo parola senha passwd qwerty qwertz azerty
  qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm qazwsx qazwsxedc onetwothree abcdef abcdefg abcdefgh abcdefghij
  iloveyou iloveu loveyou ichliebedich jetaime teamo letmein letmeinplease welcome willkommen bienvenue bienvenido welkom
  admin administrator root superuser master masterkey manager engineer staff employee changeme changemenow default secret
  secretsecret topsecret test testtest testing tester guest user username login signin access dragon monkey football
  baseball basketball soccer hockey liverpool arsenal chelsea barcelona realmadrid juventus superman batman spiderman
  starwars pokemon minecraft princess prinzessin sunshine sonnenschein shadow michael jennifer jessica ashley daniel
  charlie thomas andrea freedom whatever trustno computer internet samsung iphone android google facebook windows
  microsoft summer sommer winter spring autumn herbst january february august september october november december monday
  friday flower butterfly chocolate schokolade cookie cheese killer hunter ranger matrix merlin maverick mustang
  ferrari mercedes porsche corvette harley cowboy cowboys yankees jordan tigger pepper ginger hello hallo bonjour hola
  helloworld goodmorning nothing something anything family familie mother father brother sister london paris berlin
  shop store boutique laden magasin tienda checkout cashier shelf mirror vitrine vitrinevitrine gateway raspberry
  raspberrypi openwrt correcthorsebatterystaple passwordpassword adminadmin qweasdzxc poiuytrewq lkjhgfdsa`.split(
    /\s+/,
  ),
);
const leet: Record<string, string> = { "0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s" };
const rows = [
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "01234567890123456789",
];

export type Judgement = { ok: true } | { ok: false; reason: string };

/** Good enough to guard the shop? `about` is what a colleague would guess first: the person's name, the shop's. */
export function judgePassword(password: string, about: string[]): Judgement {
  if ([...password].length < minPasswordLength)
    return no(`Use at least ${minPasswordLength} letters, digits or signs.`);
  if (password.length > maxPasswordLength) return no(`Use at most ${maxPasswordLength} letters.`);
  const plain = reduce(password);
  const letters = unleet(password);
  if (new Set(plain).size < 5) return no("It repeats itself. A few words in a row are better.");
  if (isRun(plain) || isRun(half(plain))) return no("It follows the keyboard. A few words in a row are better.");
  if (
    [...wordsIn(plain), ...wordsIn(letters), ...wordsIn(unleet(coreOf(plain)))].some((word) => commonWords.has(word))
  ) {
    return no("Many people use this one. A few words in a row are better.");
  }
  const names = about.flatMap((name) => name.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((name) => name.length > 2);
  // A name is allowed in a long sentence, not as the most of it.
  const leftover = names.reduce((text, name) => text.replaceAll(name, ""), letters.length > 0 ? letters : plain);
  if (names.some((name) => letters.includes(name)) && leftover.replace(/[^\p{L}]/gu, "").length < 6) {
    return no("It is mostly a name that others know.");
  }
  return { ok: true };
}

export function judgePin(pin: string): Judgement {
  if (!/^\d+$/.test(pin)) return no("A PIN has digits only.");
  if (pin.length < minPinLength || pin.length > maxPinLength) {
    return no(`A PIN has ${minPinLength} to ${maxPinLength} digits.`);
  }
  if (new Set(pin).size < 3 || isRun(pin) || isRepeated(pin)) return no("This PIN is guessed first. Take another one.");
  return { ok: true };
}

const no = (reason: string): Judgement => ({ ok: false, reason });
const reduce = (text: string) => text.normalize("NFKC").toLowerCase();

function unleet(text: string): string {
  return [...reduce(text)].map((letter) => leet[letter] ?? letter).join("");
}

/** The letters alone, and the word without digits and signs around it. */
function wordsIn(text: string): string[] {
  const letters = text.replace(/[^\p{L}]/gu, "");
  return [letters, coreOf(text), half(letters)];
}

function coreOf(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
}

/** "adminadmin" is "admin" twice. */
function half(text: string): string {
  const middle = text.length / 2;
  return text.length % 2 === 0 && text.slice(0, middle) === text.slice(middle) ? text.slice(0, middle) : text;
}

/** All of it along one row of a keyboard or the alphabet, forth or back. */
function isRun(text: string): boolean {
  const back = [...text].reverse().join("");
  return rows.some((row) => row.includes(text) || row.includes(back));
}

function isRepeated(text: string): boolean {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.length % length === 0 && text.slice(0, length).repeat(text.length / length) === text) return length < 3;
  }
  return false;
}
