/** An address one can open, and copy with a button that says when it has worked. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "./button";

export function CopyAddress({ name, address }: { name: string; address: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(new URL(address, location.origin).href);
    setCopied(true);
  };
  return (
    <div className="flex items-center justify-between gap-4">
      <a href={address} className="min-w-0 py-2 font-semibold text-pine underline underline-offset-4">
        {name}
      </a>
      <Button icon={copied ? Check : Copy} onClick={() => void copy()}>
        <span aria-live="polite">
          {copied ? "Copied" : "Copy"} <span className="sr-only">the address of {name}</span>
        </span>
      </Button>
    </div>
  );
}
