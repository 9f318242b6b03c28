/** Buttons and links that look like buttons. Every one is at least 44 px tall and carries words. */
import { clsx } from "clsx";
import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

/** `main` is the one action of a screen; `plain` everything else; `quiet` inside rows; `danger` takes away. */
export type Weight = "main" | "plain" | "quiet" | "danger" | "wash";

const WEIGHTS: Record<Weight, string> = {
  main: "bg-pine text-on-pine hover:bg-pine-strong border border-transparent",
  plain: "bg-card text-ink border border-edge hover:bg-well",
  quiet: "text-pine border border-transparent underline underline-offset-4 hover:bg-pine-wash",
  danger: "bg-card text-cut border border-cut hover:bg-cut-wash",
  wash: "bg-pine-wash text-pine border border-transparent hover:border-pine",
};

export function buttonLook(weight: Weight = "plain", extra?: string): string {
  return clsx(
    "inline-flex min-h-11 items-center justify-center gap-2 rounded-control px-5 py-2 text-center font-semibold",
    "transition-colors disabled:border-line disabled:bg-well disabled:text-soft",
    WEIGHTS[weight],
    extra,
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  weight?: Weight;
  icon?: LucideIcon;
  /** Words shown while the action is under way; the button then waits. */
  busy?: string | false | undefined;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ weight, icon: Icon, busy, children, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || Boolean(busy)}
      className={buttonLook(weight, className)}
    >
      {Icon ? <Icon aria-hidden className="size-5 shrink-0" /> : null}
      {busy || children}
    </button>
  );
}
