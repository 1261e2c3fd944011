import type { Event } from 'tocsin/browser'
import { formatSpan } from '../../../../src/types/figures.js'
import { detailStrings } from '../../../strings/detail.js'
import { seconds } from '../../../text/moments.js'
import type { FilterInput } from '../query.js'
import { associationSteps, lanes, type Mark, type Step } from './association-model.js'
import { exact } from './correlation.js'
import { EventLines, LookedAt } from './event-lines.js'
import { useNeighbours } from './neighbours.js'
import { scalarOf } from './scalar.js'
import type { SpecialFinder, SpecialProps } from './special-view.js'

const ROOM = { earlier: 200, later: 500 }
const text = detailStrings.association
/** Messages may be many, and say nothing about the state. */
const MESSAGE = '/message'
/** px */
const LANE = 20

/** Notifications about an SCTP association. */
export const associationView: SpecialFinder = (event, type) => {
  if (!type.startsWith('sctp.')) return undefined
  const id = scalarOf(event, 'association')
  if (typeof id !== 'number' || id === 0) return undefined
  return { label: text.title, about: `${event.source} ${id}`, View: AssociationView }
}

/** The states of an association over time, and what was reported about it. */
function AssociationView({ about, event, types, onOpen }: SpecialProps) {
  const above = event.tag.slice(0, event.tag.lastIndexOf('/'))
  const filters = {
    all: [
      { prefix: { tag: `${above}/` } },
      { not: exact('tag', above + MESSAGE) },
      exact('source', event.source),
    ],
  } as FilterInput
  const found = useNeighbours(about, event, filters, ROOM)
  const events = found.events.value
  const { steps, marks } = associationSteps(events)
  return (
    <>
      <h3 class="sum">
        {text.title} <span>{about.slice(about.lastIndexOf(' ') + 1)}</span>
      </h3>
      {steps.length > 0 && <Diagram steps={steps} marks={marks} end={events.at(-1)!.time} onOpen={onOpen} />}
      <EventLines event={event} events={events} types={types} onOpen={onOpen} />
      <LookedAt found={found} limit={ROOM.later} />
    </>
  )
}

interface DiagramProps {
  steps: readonly Step[]
  marks: readonly Mark[]
  /** µs */
  end: number
  onOpen(event: Event): void
}

function Diagram({ steps, marks, end, onOpen }: DiagramProps) {
  const start = Math.min(steps[0].from, marks[0]?.at ?? Number.POSITIVE_INFINITY)
  const span = Math.max(1, end - start)
  // The last state goes on to the right edge.
  const x = (time: number) => `${((time - start) / span) * 92}%`
  const y = (step: Step) => lanes.indexOf(step.lane) * LANE + LANE / 2
  const words = steps.map(({ lane, from }, index) =>
    text.states(
      text.lanes[lane],
      index + 1 < steps.length ? formatSpan(steps[index + 1].from - from) : text.now,
    ),
  )
  return (
    <figure class="states-over-time">
      <div class="lanes" aria-hidden="true">
        {lanes.map((lane) => (
          <span key={lane}>{text.lanes[lane]}</span>
        ))}
      </div>
      <svg role="img" aria-label={text.text(words)} height={lanes.length * LANE}>
        {lanes.map((lane, index) => (
          <line
            key={lane}
            class="lane"
            x1="0"
            x2="100%"
            y1={index * LANE + LANE / 2}
            y2={index * LANE + LANE / 2}
          />
        ))}
        {steps.map((step, index) => (
          <g key={step.event.seq} data-lane={step.lane}>
            {index > 0 && (
              <line class="jump" x1={x(step.from)} x2={x(step.from)} y1={y(steps[index - 1])} y2={y(step)} />
            )}
            <line
              class="state"
              x1={x(step.from)}
              x2={index + 1 < steps.length ? x(steps[index + 1].from) : '100%'}
              y1={y(step)}
              y2={y(step)}
            />
          </g>
        ))}
        {marks.map(({ at, isBad, event }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list below has a button for each
          <circle
            key={event.seq}
            class="mark"
            data-bad={isBad || undefined}
            cx={x(at)}
            cy={LANE / 2}
            r="3"
            onClick={() => onOpen(event)}
          />
        ))}
      </svg>
      <figcaption>
        <span>{seconds(start)}</span>
        <span>{seconds(end)}</span>
      </figcaption>
    </figure>
  )
}
