/** Something that opens in the place of its button. Whoever closes it goes on where they opened it. */
import { useEffect, useRef, useState } from "react";

export function useOpening() {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !open) opener.current?.focus();
    wasOpen.current = open;
  }, [open]);
  return { open, setOpen, opener };
}
