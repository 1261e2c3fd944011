import type { Format } from '../../bus/sink.js'
import { type Event, iterateFrames } from '../../event/event.js'
import type { EventTexts } from './event-text.js'
import { textFrames } from './websocket-frame.js'

/** Subprotocol `cloudevents.json`: a message is a CloudEvent. */
export function cloudEventsFormat(texts: EventTexts): Format {
  return framesOf('ws-cloudevents', (event) => texts.of(event))
}

/** Subprotocol `tocsin.v1+json`: a message is a record; that of an event carries it as CloudEvent. */
export function jsonRecordsFormat(texts: EventTexts): Format {
  return framesOf('ws-json', (event) => {
    const { seq } = event
    return `{"op":"event","seq":${seq},"cursor":"${event.cursor(texts.epoch)}","event":${texts.of(event)}}`
  })
}

function framesOf(name: string, textOf: (event: Event) => string): Format {
  return {
    name,
    encode(frames) {
      const texts: string[] = []
      for (const event of iterateFrames(frames)) texts.push(textOf(event))
      return textFrames(texts)
    },
  }
}
