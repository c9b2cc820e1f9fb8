/** One question with its switch. `saving` says so in words and takes no second press. */
export function Switch(props: {
  title: string;
  sentence: string;
  on: boolean;
  saving?: boolean;
  onTurn(on: boolean): void;
}) {
  const { title, sentence, on, saving = false, onTurn } = props;
  return (
    <li>
      <div>
        <b>{title}</b>
        <p class="f1 q">{saving ? "Saving" : sentence}</p>
      </div>
      <button
        type="button"
        role="switch"
        class="turn"
        aria-checked={on}
        aria-disabled={saving}
        aria-label={title}
        onClick={() => saving || onTurn(!on)}
      >
        <span class={on ? "sw on" : "sw"} />
      </button>
    </li>
  );
}
