import type { Event } from 'tocsin/browser'

/** The command that shows one event. */
export function commandFor({ seq }: Event): string {
  return `tocsin read --from @${seq} --to @${seq}`
}

/** The same over HTTP. */
export function curlFor(cursor: string): string {
  return `curl -H "Authorization: Bearer $TOKEN" ${location.origin}/v1/events/${cursor}`
}
