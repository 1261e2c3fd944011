import { type AlertLevel, cut, type Facts } from '../facts.js'
import type { Form } from './form.js'

const SLACK_SIGNS: Readonly<Record<AlertLevel, string>> = {
  critical: ':red_circle:',
  error: ':red_circle:',
  warning: ':large_yellow_circle:',
  info: ':large_blue_circle:',
}
const OVER = ':white_check_mark:'
/** Slack takes 3,000 characters in a section, and counts those that are escaped as more than one. */
const MAX_SECTION = 3_000

/** An incoming webhook of Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
export const slack: Form = {
  request([facts], { url }) {
    const sign = facts.isResolved ? OVER : SLACK_SIGNS[facts.level]
    const section = cut(`${sign} *${escaped(facts.tag)}*\n${escaped(facts.summary)}`, MAX_SECTION)
    const context = cut(escaped(placeOf(facts)), MAX_SECTION)
    return {
      url,
      body: {
        text: cut(escaped(`${facts.tag}: ${facts.summary}`), MAX_SECTION),
        blocks: [
          { type: 'section', text: { type: 'mrkdwn', text: section } },
          { type: 'context', elements: [{ type: 'mrkdwn', text: context }] },
        ],
      },
    }
  },
}

/** Teams takes 28 KB in all. */
const MAX_BLOCK = 1_000
const TEAMS_COLOURS: Readonly<Record<AlertLevel, string>> = {
  critical: 'Attention',
  error: 'Attention',
  warning: 'Warning',
  info: 'Accent',
}

/** A workflow of Microsoft Teams that posts an adaptive card. */
export const teams: Form = {
  request([facts], { url }) {
    const color = facts.isResolved ? 'Good' : TEAMS_COLOURS[facts.level]
    const block = (text: string, more: Record<string, string | boolean>) => ({
      ...{ type: 'TextBlock', text: withoutMarkdown(cut(text, MAX_BLOCK)), wrap: true },
      ...more,
    })
    const content = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [
        block(facts.tag, { weight: 'Bolder', color }),
        block(facts.summary, {}),
        block(placeOf(facts), { isSubtle: true, size: 'Small' }),
      ],
    }
    const card = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
    return { url, body: { type: 'message', attachments: [card] } }
  },
}

const NTFY_PRIORITIES: Readonly<Record<AlertLevel, number>> = { critical: 5, error: 4, warning: 3, info: 3 }
const NTFY_TAGS: Readonly<Record<AlertLevel, string>> = {
  critical: 'rotating_light',
  error: 'rotating_light',
  warning: 'warning',
  info: 'information_source',
}

/** A topic of ntfy, the last part of the address: JSON goes to the address without it. */
export const ntfy: Form = {
  request([facts], { url }) {
    const [, parent, topic = ''] = /^(.*\/)([^/]*)\/?$/.exec(url.pathname) ?? []
    const to = new URL(url)
    to.pathname = parent ?? '/'
    return {
      url: to,
      body: {
        topic,
        title: cut(facts.tag, 250),
        message: facts.summary,
        priority: facts.isResolved ? 3 : NTFY_PRIORITIES[facts.level],
        tags: [facts.isResolved ? 'white_check_mark' : NTFY_TAGS[facts.level]],
      },
    }
  },
}

function placeOf({ source, time, cursor }: Facts): string {
  return `${source} · ${time} · ${cursor}`
}

/** Slack reads nothing but these three as something else than text. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Text blocks are a part of Markdown, so that an event could make links and lists of its own. */
function withoutMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]()#+|<>~-]/g, '\\$&')
}
