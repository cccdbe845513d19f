// Times as a reader in one zone sees them, and Slack's date tokens.

const formats = new Map();

function parts(instant, zone, options) {
  const key = `${zone}|${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key).format(instant);
}

export const clock = (instant, zone) => parts(instant, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const day = (instant, zone) => parts(instant, zone, { weekday: "short", day: "numeric", month: "short" }).replace(",", "");
export const longDay = (instant, zone) =>
  parts(instant, zone, { weekday: "long", day: "numeric", month: "long" }).replace(",", "");
export const isoDay = (instant, zone) =>
  parts(instant, zone, { year: "numeric", month: "2-digit", day: "2-digit" }).split("/").reverse().join("-");
export const zoneName = (zone) => zone.split("/").pop().replaceAll("_", " ");

/** Minutes after local midnight. */
export function minuteOf(instant, zone) {
  const [hours, minutes] = clock(instant, zone).split(":").map(Number);
  return hours * 60 + minutes;
}

/** The instant at which a clock in `zone` shows `date` (YYYY-MM-DD) and `time` (HH:MM). */
export function instantOf(date, time, zone) {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  let guess = wanted;
  for (let turn = 0; turn < 3; turn += 1) {
    const shown = Date.parse(`${isoDay(new Date(guess), zone)}T${clock(new Date(guess), zone)}:00Z`);
    guess += wanted - shown;
  }
  return new Date(guess);
}

const ordinal = (n) => `${n}${n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
const field = (at, zone, options) => parts(at, zone, options);

/** Slack leaves the year out within six months of today. */
function dated(at, zone, now, month, number) {
  const date = `${field(at, zone, { month })} ${number(Number(field(at, zone, { day: "numeric" })))}`;
  return Math.abs(at - now) < 183 * 86400000 ? date : `${date}, ${field(at, zone, { year: "numeric" })}`;
}

const TOKENS = {
  date_num: (at, zone) => isoDay(at, zone),
  date: (at, zone, now) => dated(at, zone, now, "long", ordinal),
  date_short: (at, zone, now) => dated(at, zone, now, "short", String),
  date_long: (at, zone, now) => `${field(at, zone, { weekday: "long" })}, ${dated(at, zone, now, "long", ordinal)}`,
  time: (at, zone) => clock(at, zone),
  time_secs: (at, zone) => parts(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
};

function pretty(token, at, zone, now) {
  const days = (Date.parse(isoDay(at, zone)) - Date.parse(isoDay(now, zone))) / 86400000;
  const near = { 0: "today", 1: "tomorrow", [-1]: "yesterday" }[days];
  return near ?? TOKENS[token.replace("_pretty", "")]?.(at, zone, now);
}

function ago(at, now) {
  const minutes = Math.round((at - now) / 60000);
  const size = Math.abs(minutes);
  const words = size < 60 ? `${size} min` : size < 2880 ? `${Math.round(size / 60)} h` : `${Math.round(size / 1440)} days`;
  return minutes >= 0 ? `in ${words}` : `${words} ago`;
}

/** `<!date^unix^{tokens}|fallback>`: the tokens filled in; the fallback where a token is unknown. */
export function slackDate(unix, pattern, fallback, zone, now) {
  const at = new Date(Number(unix) * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  let known = true;
  const words = pattern.replace(/\{([a-z_]+)\}/g, (_, token) => {
    if (token === "ago") return ago(at, now);
    const shown = token.endsWith("_pretty") ? pretty(token, at, zone, now) : TOKENS[token]?.(at, zone, now);
    if (shown === undefined) known = false;
    return shown ?? "";
  });
  return known ? words : fallback;
}
