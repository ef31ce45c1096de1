/** Moments as people read them, in the reader's own time zone. */

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

/** Hours and minutes of a moment in unix seconds. */
export function clock(seconds) {
  const date = new Date(seconds * 1000);
  return [date.getHours(), date.getMinutes()].map(twoDigits).join(":");
}

/** Hours, minutes and seconds of a moment in unix seconds. */
export function exactClock(seconds) {
  return `${clock(seconds)}:${twoDigits(new Date(seconds * 1000).getSeconds())}`;
}

/** The day of a moment in unix seconds: "Today" or a date. */
export function day(seconds) {
  const date = new Date(seconds * 1000);
  return date.toDateString() === new Date().toDateString() ? "Today" : DAY.format(date);
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}
