/** Subscriptions that several clients share, or one has alone, say so before the topic. */
const BEFORE_THE_TOPIC = /^\$(?:share\/[^/]+|queue|exclusive)\//

/** Matches the topics that one of the filters selects. */
export function topicPattern(filters: readonly string[]): RegExp {
  const patterns = filters.map((filter) => filterPattern(filter.replace(BEFORE_THE_TOPIC, '')))
  return new RegExp(`^(?:${patterns.join('|')})$`, 's')
}

/** MQTT 5 §4.7: `#` selects its parent too, and no wildcard at the beginning selects a topic that begins with `$`. */
function filterPattern(filter: string): string {
  const levels = filter.split('/').map((level, nth) => {
    const separator = nth === 0 ? '' : '/'
    if (level === '#') return nth === 0 ? '.*' : '(?:/.*)?'
    return separator + (level === '+' ? '[^/]*' : level.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  })
  return (/^[+#]/.test(filter) ? '(?!\\$)' : '') + levels.join('')
}
