import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { repeatedField } from '../parsed-text.js'
import { count, schemaOf } from '../schema-of.js'

const mqttMessage = () =>
  z.object({
    topic: z.string(),
    retained: z.boolean().optional().meta({ description: 'True if the broker has kept the message.' }),
    payload: z
      .unknown()
      .optional()
      .meta({ description: 'The message: the value of JSON, other text, or bytes.' }),
    cut: count().optional().meta({
      description: 'Length of the message in bytes, if it is too large for an event and was left out.',
    }),
    repeated: repeatedField(),
  })
export type MqttMessageData = z.infer<ReturnType<typeof mqttMessage>>

/** The events that the sources `mqtt/<name>` publish. */
export const mqttTypes = defineTypes([
  {
    type: 'mqtt.message',
    tags: ['mqtt/*/**'],
    summary: 'A message was published at a broker of MQTT.',
    display: '{topic}[ {payload}][ (repeated {repeated} times)]',
    schema: () => schemaOf(mqttMessage()),
    correlation: ['data.topic'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'mqtt.message': MqttMessageData
  }
}
