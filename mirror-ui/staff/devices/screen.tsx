import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Shop } from "#wire/views.ts";
import { Icon } from "../../look/icons.tsx";
import type { Page } from "../page.ts";
import { BottomNav, DemoLabel, LineLost, LineState, SideNav } from "../shell.tsx";
import type { Trouble } from "./asking.ts";

type Props = {
  page: Page;
  shop: Shop;
  /** Where "back" leads, and what it is called. */
  back: { href: string; name: string };
  /** The one thing to look at. */
  pane?: ComponentChildren;
  /** "tall" for a picture that has to be read, "low" for one that only says where. */
  paneSize?: "low" | "high" | "tall";
  /** Stands fixed under the thumb. */
  foot?: ComponentChildren;
  /** One question a screen: no other ways out but back. */
  asking?: boolean;
  children: ComponentChildren;
};

/** Pane and sill of the engineer's pages: a column on a phone, side by side where there is room. */
export function Screen(props: Props): JSX.Element {
  return props.page.wide.value ? <Wide {...props} /> : <Column {...props} />;
}

function Column({ page, shop, back, pane, paneSize = "high", foot, asking, children }: Props): JSX.Element {
  return (
    <div class="app devices">
      <DemoLabel shop={shop} />
      <header class="top">
        <Back {...back} />
        <span class="grow" />
        <LineState page={page} />
      </header>
      {pane && (
        <>
          <div class={`pane ${paneSize}`}>{pane}</div>
          <div class="edge" />
        </>
      )}
      <main class="sill">
        <LineLost page={page} shop={shop} />
        {children}
      </main>
      {foot && <div class="reach">{foot}</div>}
      {!asking && <BottomNav page={page} />}
    </div>
  );
}

function Wide({ page, shop, back, pane, foot, children }: Props): JSX.Element {
  return (
    <div class="tablet devices">
      <DemoLabel shop={shop} />
      <div class="tab">
        <SideNav page={page} shop={shop} />
        <div class="pane whole">{pane}</div>
        <div class="edge" />
        <main class="sill">
          <LineLost page={page} shop={shop} />
          <div class="back-row">
            <Back {...back} />
          </div>
          <div class="grow">{children}</div>
          {foot && <div class="reach">{foot}</div>}
        </main>
      </div>
    </div>
  );
}

function Back({ href, name }: { href: string; name: string }): JSX.Element {
  return (
    <a class="b bare back" href={href}>
      <Icon name="arrow-left" />
      {name}
    </a>
  );
}

/** The heading of a screen. It takes the focus when the screen opens, so that a screen reader begins there. */
export function Title({ children, big = false }: { children: ComponentChildren; big?: boolean }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const { activeElement } = document;
    if (!activeElement || activeElement === document.body || !activeElement.isConnected) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} class={`d ${big ? "f5" : "f4"} title`}>
      {children}
    </h1>
  );
}

/** What the gateway refused, in its own words. */
export function Refused({ trouble }: { trouble: Trouble | undefined }): JSX.Element | null {
  if (!trouble) return null;
  return (
    <p class="refused f1" role="alert">
      <b>{trouble.title}</b> {trouble.detail}
    </p>
  );
}

/** A button that says what it is doing while it does it. */
export function Doing(props: {
  busy: boolean;
  doing: string;
  kind?: "go" | "danger" | "bare";
  onClick(): void;
  children: ComponentChildren;
  disabled?: boolean;
}): JSX.Element {
  const { busy, doing, kind = "go", onClick, children, disabled } = props;
  return (
    <button type="button" class={`b ${kind}`} aria-busy={busy} disabled={disabled} onClick={() => busy || onClick()}>
      {busy && <Icon name="loader" class="turning" />}
      {busy ? doing : children}
    </button>
  );
}

/** Still bars where something is on its way. */
export function Waiting({ words }: { words: string }): JSX.Element {
  return (
    <div class="still" role="status">
      <span class="hidden">{words}</span>
      <span class="wait-row long" />
      <span class="wait-row" />
    </div>
  );
}
