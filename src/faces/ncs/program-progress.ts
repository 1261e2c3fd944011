import { z } from 'zod'
import type { Authorize, Principal } from '../../bus/principal.js'
import { encodeFrame } from '../../event/frame.js'
import { encode } from '../../event/msgpack/encoder.js'
import { readTraceparent } from '../../event/trace-context.js'
import { type Method, method } from '../../methods/method.js'
import type { Work } from '../../methods/progress.js'
import type { PartMethodContext } from '../../observers/part-methods.js'
import { NOTIF_PROGRESS } from '../../protocols/ncs/constants/events.js'
import * as results from './results.js'

const SUBSYSTEM = 'program'

const place = z
  .string()
  .max(128)
  .refine((text) => readTraceparent(text) !== undefined, { error: 'is not a traceparent' })

const params = z.object({
  state: z.enum(['start', 'stop']),
  name: z.string().min(1).max(64).describe('The work of the program, such as `import`.'),
  span: place.describe('Ids of the work, as W3C Trace Context has them.'),
  parent: place.optional().describe('Work that it is a part of.'),
  duration: z.int().min(0).optional().describe('µs, with `stop`.'),
  annotation: z.string().max(1024).optional().describe('The reason why it failed; absent if it did not.'),
})

/** Work of a program that the hub reports for it. It needs the right to publish that itself. */
export function programProgress({ authorize, runtime, progress }: PartMethodContext): Method {
  return method({
    name: 'ncs.progress',
    summary:
      'Reports work of a program as PROGRESS, if somebody reads that and the principal may produce it.',
    right: 'publish',
    params,
    result: results.reported,
    run: async ({ principal, usid }, { state, name, duration, annotation, ...ids }) => {
      const { reader } = progress
      const [span, parent] = [readTraceparent(ids.span)!, readTraceparent(ids.parent)]
      const attributes = { principal: principal.name }
      const work: Work = { name, subsystem: SUBSYSTEM, parent, attributes, usid }
      if (reader === undefined || !mayProduce(authorize, principal)) return { reported: false }
      if (state === 'start' && !reader.admits(work)) return { reported: false }
      reader.step({ type: state, work, span, time: runtime.now(), duration, text: name, annotation })
      return { reported: true }
    },
  })
}

function mayProduce(authorize: Authorize, principal: Principal): boolean {
  const { source } = principal
  const event = { tag: `ncs/progress/${SUBSYSTEM}`, kind: NOTIF_PROGRESS, source, body: encode(null) }
  return authorize(principal, 'produce').matches(encodeFrame(event), 0)
}
