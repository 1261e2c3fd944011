import { z } from 'zod'
import type { Authorize, Principal } from '../../bus/principal.js'
import type { KeyedChange } from '../../config/commits/keyed-changes.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { NcsDiffEntry } from '../../methods/contract/index.js'
import { type Method, method } from '../../methods/method.js'
import { noTransaction, type OpenDiff } from '../../observers/open-diffs.js'
import type { PartMethodContext } from '../../observers/part-methods.js'
import { MOP_CREATED, MOP_DELETED, MOP_VALUE_SET } from '../../protocols/ncs/constants/library.js'
import { namedNotification, publicationOf } from '../../protocols/ncs/notifications/publication.js'
import { programProgress } from './program-progress.js'
import * as results from './results.js'

const id = z.int().min(0)

export function ncsMethods(context: PartMethodContext): Method[] {
  const { diffs, authorize } = context
  return [
    programProgress(context),
    method({
      name: 'ncs.event',
      summary: 'Checks a notification of NSO or ConfD, and returns the event with which it is published.',
      notes: 'For clients that publish notifications. The publisher of the event needs the right `produce`.',
      right: ['publish', 'produce'],
      params: z.object({
        notification: z
          .record(z.string(), z.unknown())
          .describe('As `tocsin ncs watch --format json` prints it: types and constants may be names.'),
        verbosity: z.int().min(0).max(3).default(0).describe('That of a step of progress.'),
      }),
      result: results.event,
      run: async (_call, { notification, verbosity }) =>
        publicationOf(namedNotification(notification), verbosity),
    }),
    method({
      name: 'ncs.diff',
      summary: 'Returns what a transaction changes that waits for the subscribers of its COMMIT_DIFF.',
      notes: 'Only while the transaction waits.',
      right: ['see', 'admin'],
      params: z.object({
        thandle: id.describe('Number of the transaction, `tctx.thandle` of the notification.'),
        usid: id.describe('Number of the session, `tctx.usid` of the notification.'),
      }),
      result: results.diff,
      run: async ({ principal }, { thandle, usid }) => {
        const diff = diffs.find(thandle, usid)
        checkMayRead(authorize, principal, diff)
        return diff.changes.map(entryOf)
      },
    }),
  ]
}

function checkMayRead(authorize: Authorize, principal: Principal, { thandle, usid, frame }: OpenDiff): void {
  if (authorize(principal, 'admin')) return
  if (!authorize(principal, 'see').matches(frame, 0)) throw noTransaction(thandle, usid)
  if (authorize(principal, 'gate').matches(frame, 0)) return
  throw new TocsinError('TCN_ACCESS_DENIED', 'the changes are for those that may hold up the transaction', {
    details: { right: 'gate' },
  })
}

const OPERATIONS = { create: MOP_CREATED, set: MOP_VALUE_SET, delete: MOP_DELETED } as const

function entryOf({ op, ...change }: KeyedChange): NcsDiffEntry {
  return { ...change, op: OPERATIONS[op] }
}
