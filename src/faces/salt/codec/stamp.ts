/**
 * Time as Python's `datetime.isoformat()` says it of a UTC time without a zone: microseconds, and no fraction at all
 * where there are none.
 */
export function isoformat(micros: number): string {
  const seconds = Math.floor(micros / 1e6)
  const fraction = micros - seconds * 1e6
  const text = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, '0')}`
}
