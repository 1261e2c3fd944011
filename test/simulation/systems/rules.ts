import { type RulesConfig, rulesConfig } from '../../../src/rules/config.js'
import { COUNTED, ONCE_MS, SILENT_MS } from '../checker/check-rules.js'

const everyPublisher = { filter: 'load/', by: 'data.publisher', atMost: { count: 1_000_000, within: '1m' } }

/** A rule that counts, one that acts once within a time, and one that waits for silence: each publisher by itself. */
export function simulatedRules(): RulesConfig {
  return rulesConfig.parse({
    counted: { ...everyPublisher, after: { count: COUNTED, within: '1d' }, ...fire('counted') },
    once: { ...everyPublisher, onceWithin: `${ONCE_MS}ms`, ...fire('once') },
    silent: {
      ...everyPublisher,
      unlessFollowedBy: { filter: 'load/', within: `${SILENT_MS}ms` },
      ...fire('silent'),
    },
  })
}

/** The tag names the event that has led to it. */
function fire(rule: string): { fire: { tag: string; data: unknown } } {
  return { fire: { tag: `alert/${rule}/\${data.event}`, data: { count: `\${count}` } } }
}
