import fc from "fast-check";
import { expect, test } from "vitest";
import { judgePassword, judgePin } from "./password-rules.ts";

const ana = ["ana", "Ana Ferreira", "Vitrine"];

test.each([
  "nine char",
  "Passw0rd2026!",
  "p@$$word1234",
  "iloveyou2026",
  "123456789012",
  "abcdefghijkl",
  "ytrewqytrewq",
  "aaaaaaaaaaaaaaaa",
  "adminadmin",
  "Ana.Ferreira!",
  "Ferreira2026",
  "vitrine12345",
  "correct horse battery staple",
  "x".repeat(129),
])("%j is refused, with a reason", (password) => {
  expect(judgePassword(password, ana)).toMatchObject({ ok: false, reason: expect.stringMatching(/\.$/) });
});

test.each([
  "a lantern under the stairs",
  "8Rj-uW2x_kP0",
  "Ana likes the rain in Porto",
  "blå himmel over fjorden",
  "緑の窓の下のランタンと猫",
])("%j is taken", (password) => {
  expect(judgePassword(password, ana)).toEqual({ ok: true });
});

test.each(["1234", "12345", "123456", "654321", "000000", "121212", "112233445566778", "12a456", ""])(
  "%j is no PIN",
  (pin) => {
    expect(judgePin(pin).ok).toBe(false);
  },
);

test.each(["493817", "20481963", "104857604857"])("%j is a PIN", (pin) => {
  expect(judgePin(pin)).toEqual({ ok: true });
});

test("whatever is typed is judged, without a hitch", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(fc.string(), { maxLength: 3 }),
      (text, about) => {
        expect(typeof judgePassword(text, about).ok).toBe("boolean");
        expect(typeof judgePin(text).ok).toBe("boolean");
      },
    ),
  );
});
