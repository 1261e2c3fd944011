import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../../src/event/check.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import { tagSegment } from '../../../src/event/tag.js'
import { finished } from '../../../src/incremental/steps.js'
import { readEstablished, rfc8639 } from '../../../src/protocols/netconf/codec/dynamic-subscription.js'
import { frameMessage, NetconfFramer } from '../../../src/protocols/netconf/codec/framing.js'
import { readHello } from '../../../src/protocols/netconf/codec/hello.js'
import { standardModules } from '../../../src/protocols/netconf/codec/namespaces.js'
import { isNotification, readNotification } from '../../../src/protocols/netconf/codec/notification.js'
import { readReply, refusedError } from '../../../src/protocols/netconf/codec/rpc.js'
import { readStreams } from '../../../src/protocols/netconf/codec/subscription.js'
import { subscriptionChange } from '../../../src/protocols/netconf/codec/subscription-change.js'
import { readXml, type XmlElement } from '../../../src/protocols/netconf/codec/xml.js'
import { readModules } from '../../../src/protocols/netconf/codec/yang-library.js'
import { dataOfNotification } from '../../../src/sources/notifications/event-data.js'
import { fuzz } from '../target.js'

const LONGEST = 2048

const messages = [
  '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability><capability>urn:a?module=a&amp;revision=2026-01-01</capability></capabilities><session-id>4</session-id></hello>',
  '<nc:rpc-reply xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:message-id="1"><nc:rpc-error><nc:error-tag>in-use</nc:error-tag><nc:error-severity>error</nc:error-severity></nc:rpc-error></nc:rpc-reply>',
  '<rpc-reply message-id="2"><data><netconf xmlns="urn:ietf:params:xml:ns:netmod:notification"><streams><stream><name>NETCONF</name><replaySupport>true</replaySupport><replayLogCreationTime>2026-11-27T02:54:26Z</replayLogCreationTime></stream></streams></netconf></data></rpc-reply>',
  '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-11-27T02:54:26.123456789+01:00</eventTime><replayComplete xmlns="urn:ietf:params:xml:ns:netmod:notification"/></notification>',
  '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-11-27T02:54:26Z</eventTime><netconf-session-end xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"><username>a</username><session-id>4</session-id><killed-by>5</killed-by></netconf-session-end></notification>',
  '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2017-10-25T08:00:11.22Z</eventTime><subscription-suspended xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><id>39</id><reason>insufficient-resources</reason></subscription-suspended></notification>',
  '<rpc-reply message-id="3"><id xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications">22</id><data><modules-state xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-library"><module><name>a</name><namespace>urn:a</namespace></module></modules-state></data></rpc-reply>',
  '<?xml version="1.0"?><notification><eventTime/><a:b xmlns:a="urn:a" c="&lt;&#65;"><![CDATA[<]]><a:d/><a:d/><!-- e --></a:b></notification>',
]

/** Each message is read as what it says that it is, or refused with a code. */
function read(bytes: Buffer): void {
  try {
    const element = finished(readXml(bytes))
    if (element.name === 'hello') readHello(element)
    else if (!isNotification(element)) {
      const reply = readReply(element)
      readStreams(reply)
      rfc8639.readStreams(reply)
      readEstablished(reply)
      readModules(reply)
      refusedError('it', reply.errors)
    } else if (subscriptionChange(element) === undefined) publishable(element, bytes)
  } catch (error) {
    if (!isForeseen(error)) throw error
  }
}

/** Of each notification, an event comes that can be published. */
function publishable(element: XmlElement, bytes: Buffer): void {
  const notification = finished(readNotification(element, standardModules))
  const { height } = element
  const data = dataOfNotification(notification, { height, bytes, raw: false, largestFrame: 1 << 20 })
  const body = encode(data)
  const frame = encodeFrame({ tag: `netconf/r1/${tagSegment(notification.name)}`, source: 'fuzz', body })
  const fault = checkFrame(frame, 0, frame.length, WIDEST_LIMITS)
  if (fault !== undefined) throw new Error(fault)
}

function isForeseen(error: unknown): boolean {
  return TocsinError.is(error) && error.code in catalogue && error.code.startsWith('TCN_NETCONF_')
}

fuzz({ name: 'netconf-messages', seeds: messages, run: (input) => read(Buffer.from(input)) })

for (const isChunked of [false, true]) {
  fuzz({
    name: isChunked ? 'netconf-chunks' : 'netconf-marks',
    seeds: [Buffer.concat(messages.slice(0, 3).map((text) => frameMessage(text, isChunked)))],
    run(input, random) {
      const framer = new NetconfFramer(LONGEST)
      framer.isChunked = isChunked
      try {
        for (let at = 0; at < input.length; ) {
          const end = Math.min(input.length, at + 1 + random(input.length))
          framer.feed(input.subarray(at, end))
          for (let message = framer.next(); message !== undefined; message = framer.next()) {
            if (message.bytes.length > LONGEST) throw new Error('a message is too long')
            if (!message.isTooLong) read(message.bytes)
          }
          if (framer.held > LONGEST + 64) throw new Error('it keeps too much')
          at = end
        }
      } catch (error) {
        if (!isForeseen(error)) throw error
      }
    },
  })
}
