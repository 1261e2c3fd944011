import type { View } from '../../../src/cli/output/formats.js'
import { colorsFor } from '../../../src/cli/terminal/colors.js'
import { encodeAttributes } from '../../../src/event/attributes.js'
import { Event } from '../../../src/event/event.js'
import { encodeFrame } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'

export interface SampleEvent {
  tag?: string
  source?: string
  data?: unknown
  attributes?: Record<string, string | number | boolean>
  flags?: number
  seq?: number
}

/** 2026-11-20T06:31:07.123456Z */
export const SAMPLE_TIME = Date.UTC(2026, 10, 20, 6, 31, 7, 123) * 1000 + 456

export function sampleEvent({
  tag = 'salt/job/1/ret/web1',
  source = 'salt/master',
  data = {},
  attributes,
  flags,
  seq = 7,
}: SampleEvent = {}): Event {
  return new Event(
    encodeFrame({
      tag,
      source,
      body: encode(data),
      seq,
      time: SAMPLE_TIME,
      ...(attributes ? { attributes: encodeAttributes(attributes) } : {}),
      ...(flags === undefined ? {} : { flags }),
    }),
  )
}

export function sampleView({ columns, color = false }: { columns?: number; color?: boolean } = {}): View {
  return {
    epoch: 'k3x9f2',
    typeOf: (tag) => (tag.startsWith('salt/job/') ? 'salt.job.ret' : 'tocsin.event'),
    colors: colorsFor({ isTTY: color }, {}),
    columns: () => columns,
  }
}

export function textOf(output: string | Uint8Array): string {
  return typeof output === 'string' ? output : new TextDecoder().decode(output)
}
