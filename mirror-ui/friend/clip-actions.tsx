import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, api } from "../link.ts";
import { Icon } from "../look/icons.tsx";

type Props = {
  token: string;
  clipUrl: string;
  /** Whoever has it may delete the clip: the shopper's own phone. */
  ownerKey: string | undefined;
  onDeleted(): void;
};

/** What one can do with a clip: send its link on, save it, and, on the shopper's own phone, delete it for everybody. */
export function ClipActions({ token, clipUrl, ownerKey, onDeleted }: Props) {
  const asking = useSignal(false);
  const notice = useSignal("");
  const address = useSignal<string | undefined>(undefined);
  const deleteButton = useRef<HTMLButtonElement>(null);

  const sendOn = async () => {
    const link = `${location.origin}${location.pathname}`;
    notice.value = "";
    const sent = await sendLink(link);
    if (sent === "copied") notice.value = "The link is copied. Paste it where you like.";
    else if (sent === "by-hand") address.value = link;
  };
  const keep = () => {
    asking.value = false;
    requestAnimationFrame(() => deleteButton.current?.focus());
  };
  if (asking.value && ownerKey !== undefined) {
    return <Confirm token={token} ownerKey={ownerKey} onKeep={keep} onDeleted={onDeleted} />;
  }
  return (
    <>
      <div class="fit actions">
        <button type="button" class="b go" onClick={() => void sendOn()}>
          <Icon name="share" />
          Send it on
        </button>
        <a class="b" href={`${clipUrl}?download=1`} download>
          <Icon name="download" />
          Save
        </a>
        {ownerKey !== undefined && (
          <button
            ref={deleteButton}
            type="button"
            class="b"
            onClick={() => {
              asking.value = true;
            }}
          >
            <Icon name="trash" />
            Delete it
          </button>
        )}
      </div>
      <p role="status" class="f1 q notice">
        {notice.value}
      </p>
      {address.value !== undefined && (
        <label class="f1 q by-hand">
          Copy this link
          <input class="field" readOnly value={address.value} onFocus={({ currentTarget }) => currentTarget.select()} />
        </label>
      )}
    </>
  );
}

type ConfirmProps = { token: string; ownerKey: string; onKeep(): void; onDeleted(): void };

function Confirm({ token, ownerKey, onKeep, onDeleted }: ConfirmProps) {
  const busy = useSignal(false);
  const problem = useSignal("");
  const keepButton = useRef<HTMLButtonElement>(null);
  useEffect(() => keepButton.current?.focus(), []);

  const remove = async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = "";
    try {
      await api("DELETE", `/api/v1/shares/${encodeURIComponent(token)}`, undefined, { bearer: ownerKey });
      onDeleted();
    } catch (error) {
      busy.value = false;
      const status = error instanceof ApiError ? error.status : 0;
      // somebody else, or the clock, was quicker
      if (status === 404 || status === 410) return onDeleted();
      problem.value =
        status === 401 || status === 403
          ? "This phone may not delete it. Open it by the code on the mirror once more, or ask at the counter."
          : "The shop did not answer, nothing was deleted. Try again in a moment.";
    }
  };
  return (
    <fieldset class="confirm" aria-labelledby="confirm">
      <p id="confirm">Delete the clip for everybody who has the link? It cannot be brought back.</p>
      <div class="fit actions">
        <button ref={keepButton} type="button" class="b" onClick={onKeep}>
          Keep it
        </button>
        <button type="button" class="b danger" aria-busy={busy.value} onClick={() => void remove()}>
          {busy.value ? "Deleting" : "Delete it"}
        </button>
      </div>
      <p role="status" class="f1 st-stop notice">
        {problem.value}
      </p>
    </fieldset>
  );
}

/** By the phone's own sheet, else to the clipboard, else by hand: a page without https may use neither of the first two. */
async function sendLink(url: string): Promise<"shared" | "copied" | "by-hand"> {
  if ("share" in navigator) {
    try {
      await navigator.share({ title: document.title, url });
      return "shared";
    } catch (error) {
      // closing the sheet is an answer too
      if (error instanceof DOMException && error.name === "AbortError") return "shared";
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    return "copied";
  } catch {
    return "by-hand";
  }
}
