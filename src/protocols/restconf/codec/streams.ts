import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { parseTime } from '../../../event/position.js'
import { textAt, type XmlElement } from '../../netconf/codec/xml.js'

export const encodings = ['json', 'xml'] as const
export type Encoding = (typeof encodings)[number]

/** A stream of a server (RFC 8040, section 9.3). */
export interface RestconfStream {
  readonly name: string
  readonly hasReplay: boolean
  /** When the log for replay was created, µs since the epoch. */
  readonly logCreated: number | undefined
  /** Where it is read, by the encoding. */
  readonly locations: ReadonlyMap<string, string>
}

/** Below the root of RESTCONF. */
export const STREAMS_PATH = 'data/ietf-restconf-monitoring:restconf-state/streams'

const text = z.string().max(4096)
const jsonStream = z.object({
  name: text,
  'replay-support': z.boolean().default(false),
  'replay-log-creation-time': text.optional(),
  access: z.array(z.object({ encoding: text, location: text })).default([]),
})
const jsonStreams = z.object({ stream: z.array(jsonStream).max(1_000).default([]) })

/** Throws TCN_NETCONF_MESSAGE. */
export function readJsonStreams(value: unknown): RestconfStream[] {
  const members = z.record(z.string(), z.unknown()).safeParse(value).data ?? {}
  const [, streams] = Object.entries(members).find(([key]) => /^(?:[\w.-]+:)?streams$/.test(key)) ?? []
  const { data, success } = jsonStreams.safeParse(streams)
  if (!success) throw new TocsinError('TCN_NETCONF_MESSAGE', 'the answer is no list of streams')
  return data.stream.map((stream) => ({
    name: stream.name,
    hasReplay: stream['replay-support'],
    logCreated: parseTime(stream['replay-log-creation-time'] ?? ''),
    locations: new Map(stream.access.map(({ encoding, location }) => [encoding, location])),
  }))
}

/** Throws TCN_NETCONF_MESSAGE. */
export function readXmlStreams(element: XmlElement): RestconfStream[] {
  if (element.name !== 'streams')
    throw new TocsinError('TCN_NETCONF_MESSAGE', `the answer is no list of streams, but ${element.name}`)
  return element.children.filter(({ name }) => name === 'stream').flatMap(readXmlStream)
}

function readXmlStream(element: XmlElement): RestconfStream[] {
  const name = textAt(element, 'name')
  if (name === undefined) return []
  const accesses = element.children.filter((child) => child.name === 'access')
  return [
    {
      name,
      hasReplay: textAt(element, 'replay-support') === 'true',
      logCreated: parseTime(textAt(element, 'replay-log-creation-time') ?? ''),
      locations: new Map(
        accesses.flatMap((access) => {
          const [encoding, location] = [textAt(access, 'encoding'), textAt(access, 'location')]
          return encoding === undefined || location === undefined ? [] : [[encoding, location] as const]
        }),
      ),
    },
  ]
}
