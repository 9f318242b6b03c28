/** The mark: five strokes of a waveform. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className} fill="none" stroke="currentColor" strokeLinecap="round">
      <path d="M4 13v6M10 9v14M16 4v24M22 10v12M28 13.5v5" strokeWidth="3" />
    </svg>
  );
}
