/** Writes a time as date(1) does, in the time zone of the host: `Fri Nov 20 04:52:33 UTC 2026`. */
export function dateStamp(ms: number): string {
  const date = new Date(ms)
  // Fri Nov 20 2026 04:52:33 GMT+0000 (…)
  const [weekday, month, , year, time] = date.toString().split(' ')
  const day = String(date.getDate()).padStart(2)
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date)
  const zone = parts.find(({ type }) => type === 'timeZoneName')?.value
  return `${weekday} ${month} ${day} ${time} ${zone} ${year}`
}
