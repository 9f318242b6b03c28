/** The usual slot: a weekday and a time, in the show's own time zone. */
import type { Show, ShowPatch } from "@/api/types";
import { dayAndTime, weekdays } from "@/shared/lib/format-time";
import { SelectField, TextField } from "@/shared/ui/field";

const USUAL_TIME = "07:00";

export function SlotField({ show, change }: { show: Show; change: (patch: ShowPatch) => void }) {
  const zones = Intl.supportedValuesOf("timeZone");
  const known = zones.includes(show.time_zone) ? zones : [show.time_zone, ...zones];
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          label="Usual day"
          value={show.slot?.weekday ?? ""}
          onChange={(event) =>
            change({
              slot:
                event.target.value === ""
                  ? null
                  : { weekday: Number(event.target.value), time: show.slot?.time ?? USUAL_TIME },
            })
          }
        >
          <option value="">No usual day</option>
          {weekdays.map((name, weekday) => (
            <option key={name} value={weekday}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Usual time"
          type="time"
          disabled={show.slot === null}
          value={show.slot?.time ?? ""}
          onChange={(event) => {
            if (show.slot && event.target.value) change({ slot: { ...show.slot, time: event.target.value } });
          }}
        />
      </div>
      <SelectField
        label="Time zone of the show"
        value={show.time_zone}
        onChange={(event) => change({ time_zone: event.target.value })}
      >
        {known.map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </SelectField>
      {show.next_slot_at ? (
        <p className="text-small text-soft">The next slot is {dayAndTime(show.next_slot_at, show.time_zone)}.</p>
      ) : null}
    </>
  );
}
