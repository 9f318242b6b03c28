/** Form fields: the label stands above, help below it, and a fault beside what it is about. */
import { clsx } from "clsx";
import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, type SelectHTMLAttributes, useId } from "react";

const CONTROL = "w-full min-h-11 rounded-control border border-edge bg-paper px-3 py-2 text-body text-ink placeholder:text-soft";

interface FrameProps {
  label: string;
  help?: string | undefined;
  fault?: string | undefined;
}

function Frame({ label, help, fault, id, children }: FrameProps & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      {help ? (
        <p id={`${id}-help`} className="text-small text-soft">
          {help}
        </p>
      ) : null}
      {children}
      {fault ? (
        <p id={`${id}-fault`} className="text-small font-semibold text-cut">
          {fault}
        </p>
      ) : null}
    </div>
  );
}

function describedBy(id: string, { help, fault }: Partial<FrameProps>) {
  const ids = [help ? `${id}-help` : "", fault ? `${id}-fault` : ""].filter(Boolean).join(" ");
  return { ...(ids ? { "aria-describedby": ids } : {}), ...(fault ? { "aria-invalid": true } : {}) };
}

type Taken = "label" | "help" | "fault";

export function TextField({
  label,
  help,
  fault,
  className,
  ...rest
}: FrameProps & Omit<InputHTMLAttributes<HTMLInputElement>, Taken>) {
  const id = useId();
  return (
    <Frame label={label} help={help} fault={fault} id={id}>
      <input id={id} {...describedBy(id, { help, fault })} {...rest} className={clsx(CONTROL, className)} />
    </Frame>
  );
}

export function TextArea({
  label,
  help,
  fault,
  className,
  ...rest
}: FrameProps & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, Taken>) {
  const id = useId();
  return (
    <Frame label={label} help={help} fault={fault} id={id}>
      <textarea
        id={id}
        rows={5}
        {...describedBy(id, { help, fault })}
        {...rest}
        className={clsx(CONTROL, "resize-y leading-relaxed", className)}
      />
    </Frame>
  );
}

export function SelectField({
  label,
  help,
  fault,
  className,
  children,
  ...rest
}: FrameProps & Omit<SelectHTMLAttributes<HTMLSelectElement>, Taken>) {
  const id = useId();
  return (
    <Frame label={label} help={help} fault={fault} id={id}>
      <select id={id} {...describedBy(id, { help, fault })} {...rest} className={clsx(CONTROL, "h-12", className)}>
        {children}
      </select>
    </Frame>
  );
}
