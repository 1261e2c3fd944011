import type { HeadlinePart } from '../../src/methods/contract/index.js'
import { call, type Session } from '../hub/api.js'
import { useAnswer } from '../hub/asking.js'
import { strings } from '../strings.js'
import { addressOf } from './router.js'

const EVERY_MS = 5000

/** The part of the page of the bus about each, where that is another name. */
const parts: Partial<Record<HeadlinePart['about'], string>> = { disk: 'log', hub: 'health' }

const pages: Partial<Record<HeadlinePart['about'], string>> = {
  alerts: addressOf('alerts'),
  hosts: `${addressOf('fleet')}?is=critical&is=error`,
  silentHosts: addressOf('fleet', { is: 'silent' }),
}

/** One sentence about all that is wrong, each part a link to what shows more of it. */
export function Headline({ session }: { session: Session }) {
  const answer = useAnswer('', (signal) => call('hub.health', {}, signal), EVERY_MS)
  const headline = answer.value.value
  if (headline === undefined) return null
  const { level } = headline
  return (
    <section
      class="headline"
      aria-label={strings.headline.title}
      data-level={level}
      data-stale={answer.isStale.value || undefined}
    >
      {/* Spans change all the time; only the change of the whole is read aloud. */}
      <span class="hidden-text" role="status">
        {strings.headline.spoken[level]}
      </span>
      {headline.parts.map((part) => (
        <a key={part.text} data-level={part.level} href={pageOf(part, session)}>
          {part.text}
        </a>
      ))}
    </section>
  )
}

function pageOf({ about, level }: HeadlinePart, { see }: Session): string {
  const page = see ? pages[about] : undefined
  if (page !== undefined) return level === 'ok' ? addressOf('fleet') : page
  return addressOf('bus', { part: parts[about] ?? about })
}
