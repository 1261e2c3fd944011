import type { HubStatus } from '../../../src/methods/contract/index.js'
import { formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import type { Asked } from './ask.js'
import { Facts } from './facts.js'
import { Panel, titleOf } from './panel.js'

const text = busStrings.health

/** `hub`: which it is, where there are several. */
export function Health({ status, hub }: { status: Asked<HubStatus>; hub: string | undefined }) {
  return (
    <Panel title={titleOf(text.title, hub)} asked={status}>
      {({ events, loop, listeners, publishers, node, config, data, damage, faults, now }) => (
        <Facts
          facts={[
            ...(faults ?? []).map(
              ({ kind, part, count, last, reason }) =>
                [text.failed, text.fault(`${kind} ${part}`, count, formatSpan(now - last), reason)] as const,
            ),
            damage && damage.length > 0 && [text.damage, damage.join('; ')],
            [text.publishers, formatCount(publishers)],
            [text.refused, formatCount(events.refused)],
            [text.skipped, formatCount(events.skipped)],
            [text.lost, formatCount(events.lost)],
            [text.stalls, stallsOf(loop)],
            ...listeners.map(
              ({ face, address, connections }) => [face, text.listener(address, connections)] as const,
            ),
            [text.node, node],
            [text.config, config ?? text.defaults],
            data !== undefined && [text.data, data],
          ]}
        />
      )}
    </Panel>
  )
}

function stallsOf({ stalls, worst }: HubStatus['loop']): string {
  if (worst === undefined) return formatCount(stalls)
  return `${formatCount(stalls)}, ${text.worst(formatCount(worst.ms), worst.face, worst.work)}`
}
