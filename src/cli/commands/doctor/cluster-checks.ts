import type { ClusterOverview } from '../../../methods/contract/index.js'
import { plural } from '../../terminal/figures.js'
import { type Check, ok, warning, wrong } from './finding.js'

const cluster: Check = {
  name: 'cluster',
  async run({ cluster: answer }) {
    if (answer === undefined) return []
    if ('error' in answer) {
      const { code, message } = answer.error
      if (code === 'TCN_METHOD_UNKNOWN')
        return [
          warning('the hub is of an earlier version, which does not ask the others', 'upgrade all hubs'),
        ]
      return [wrong(`${message} (${code})`, `\`tocsin errors ${code}\``)]
    }
    const { overview } = answer
    return [
      ...wellText(overview).map(ok),
      ...overview.problems.map(({ level, text, next }) =>
        level === 'wrong' ? wrong(text, next) : warning(text, next),
      ),
    ]
  },
}

/** The findings about everything that is in order. */
function wellText({ cluster: { primary, nats }, hubs }: ClusterOverview): string[] {
  const answered = hubs.filter(({ status }) => status !== undefined).map(({ hub }) => hub)
  const current = nats.followers.filter(({ state }) => state === 'current').length
  const replicas = nats.leader === undefined ? 1 : current + 1
  return [
    `${plural(answered.length, 'hub')} answer${answered.length === 1 ? 's' : ''}: ${answered.join(', ')}`,
    ...(primary === undefined ? [] : [`${primary} is the primary`]),
    ...(nats.fault === undefined && nats.unled === undefined
      ? [`${plural(replicas, 'NATS server')} with the whole log`]
      : []),
  ]
}

export const clusterChecks = [cluster]
