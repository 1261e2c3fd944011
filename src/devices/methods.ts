import { z } from 'zod'
import type { Authorize, Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { PushItemInfo } from '../methods/contract/index.js'
import { type Method, method } from '../methods/method.js'
import type { PartRights } from '../parts/part-right.js'
import type { DeviceQueues } from './device-queues.js'
import type { PushItem } from './item.js'
import { CONFIRM, MAX_CHANGE } from './limits.js'
import * as results from './results.js'

export interface DeviceMethodContext {
  readonly pushes: Pick<DeviceQueues, 'add' | 'ended' | 'list' | 'prune'>
  readonly access: { level(principal: Principal, right: 'devices'): PartRights['devices'] | undefined }
  readonly authorize: Authorize
}

const device = z.string().min(1).max(64)

/** The methods about configuration for devices. Each takes the right `devices: push`, which is checked here. */
export function pushMethods({ pushes, access, authorize }: DeviceMethodContext): Method[] {
  const check = (principal: Principal, name: string): void => {
    if (access.level(principal, 'devices') === 'push') return
    const details = { right: 'devices' }
    throw new TocsinError('TCN_ACCESS_DENIED', `${name} requires the right "devices: push"`, { details })
  }
  return [
    method({
      name: 'devices.push',
      summary: 'Sends a change of the configuration to a network device, after those that wait.',
      notes: 'It takes the right `devices: push`, and `devices.<name>.push: true` in the configuration.',
      right: 'see',
      params: z.object({
        device,
        change: z.string().min(1).max(MAX_CHANGE).describe('XML: the content of `config` (RFC 6241).'),
        confirm: z
          .int()
          .min(CONFIRM.least)
          .max(CONFIRM.most)
          .default(CONFIRM.usual)
          .describe('Seconds for the confirmed commit.'),
        wait: z.boolean().default(false).describe('Answers when it is completed, or has failed.'),
      }),
      result: results.item,
      changes: ({ device }) => ({ device }),
      async run({ principal, usid = 0, signal, aside }, { device, change, confirm, wait }) {
        check(principal, 'devices.push')
        const item = await pushes.add({ device, change, confirm, principal, usid })
        if (!wait) return shown(item)
        const ended = pushes.ended(item, signal)
        return shown(await (aside?.(ended) ?? ended))
      },
    }),
    method({
      name: 'devices.queue',
      summary: 'Lists the changes that wait for network devices, and the last ones that were sent.',
      right: ['monitor', 'see'],
      params: z.object({ device: device.optional() }),
      result: results.queue,
      async run({ principal }, { device }) {
        if (!authorize(principal, 'monitor')) check(principal, 'devices.queue')
        return { items: pushes.list(device).map(shown) }
      },
    }),
    method({
      name: 'devices.prune',
      summary: 'Deletes changes for a network device, except one that is being sent.',
      right: 'see',
      params: z.object({ device, id: z.int().optional().describe('Only this one.') }),
      result: results.pruned,
      changes: ({ device }, result) => (result?.pruned === 0 ? undefined : { device }),
      async run({ principal }, { device, id }) {
        check(principal, 'devices.prune')
        return { pruned: (await pushes.prune(device, id)).length }
      },
    }),
  ]
}

function shown({ change: _, before: __, after: ___, usid: ____, ...item }: PushItem): PushItemInfo {
  return item
}
