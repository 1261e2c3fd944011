import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Block, readPage, root } from '../docs/page.js'
import { type Program, programsOf, writeProgram } from '../docs/programs.js'
import { Stage } from '../docs/stage.js'
import { jsonLines, lines } from './hub-process.js'

const readme = readPage('README.md')
const commands = readme.blocks.filter(({ language }) => language === 'sh')
const [program, ...others] = programsOf(readme)
const cursor = /^[a-z2-7]{13}-\d+$/m

let stage: Stage

/** A chat that takes everything. */
async function receiver(port: string, got: (body: string) => void): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      got(body)
      response.end('ok')
    })
  })
  await once(server.listen(Number(port), '127.0.0.1'), 'listening')
  return server
}

beforeAll(async () => {
  stage = await Stage.open({ installed: false })
})

afterAll(() => stage?.[Symbol.asyncDispose]())

/** Runs the block of commands that contains this text, as printed. */
async function run(part: string): Promise<string> {
  const block = commands.find(({ text }) => text.includes(part)) as Block
  const { code, stdout, stderr } = await stage.sh(block, root)
  expect({ code, stderr }).toEqual({ code: 0, stderr })
  shown.add(block)
  return stdout
}

const shown = new Set<Block>()

describe('the README', () => {
  it('has at most 200 lines', () => {
    expect(lines(readme.text).length).toBeLessThanOrEqual(200)
  })

  it('begins with npm start, which names commands that work in this folder', () => {
    const console = readme.blocks.find(({ language }) => language === 'console')
    expect(console?.text).toMatch(/^\$ npm start/)
    expect(stage.announced).toContain('npx tocsin tail')
  })

  it('shows how to watch: events of this host arrive', async () => {
    const events = lines(await run('tocsin tail'))
    expect(events).toHaveLength(3)
    expect(events.join('\n')).toMatch(/ {2}(hub|host)\//)
  })

  it('shows how to publish: the answer is a cursor', async () => {
    expect(await run('--ack durable')).toMatch(cursor)
  })

  it('shows how to read the past: events of the host without its load', async () => {
    const events = jsonLines(await run('tocsin read'))
    expect(events.length).toBeGreaterThan(2)
    for (const { specversion, subject } of events) {
      expect({ specversion, subject }).toEqual({
        specversion: '1.0',
        subject: expect.stringMatching(/^host\//),
      })
      expect(subject).not.toMatch(/\/load$/)
    }
  })

  it('shows how to wait: the event arrives', async () => {
    expect(await run('tocsin wait')).toMatch(/ {2}demo\/done {2}/)
  })

  it('shows subscribers, and an overview of the hub', async () => {
    const report = await run('tocsin who')
    expect(report).toMatch(/^(WHO .* FILTER|nobody is subscribed)/)
    expect(report).toMatch(/^system +up/m)
  })

  it('shows how messages of syslog lead to an alert, which a chat gets', async () => {
    const { text: config } = readme.blocks.find(({ label }) => label === 'hub') as Block
    await using other = await Stage.open({ installed: true, config })
    await expect.poll(() => other.announced).toContain('source syslog/net is up')
    const posts: string[] = []
    await using _chat = await receiver(other.placed('9099'), (body) => posts.push(body))
    const block = commands.find(({ text }) => text.includes('logger')) as Block
    const { code, stdout, stderr } = await other.sh(block, root)
    shown.add(block)
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('somebody tries to log in at')
    await expect.poll(() => posts.join()).toContain('somebody tries to log in at')
  })

  it('shows how to use curl: a token, an event, the stream, the last hour', async () => {
    await run('export TOKEN')
    expect(JSON.parse(await run('application/cloudevents+json'))).toMatchObject({
      cursor: expect.any(String),
    })
    expect(await run('/v1/stream')).toMatch(/^data: \{.*"subject":"demo\/door"/m)
    const { events } = JSON.parse(await run('where='))
    expect(events.at(-1)).toMatchObject({ subject: 'demo/door', data: { open: true } })
  })

  it('shows a program that runs', async () => {
    expect(others).toEqual([])
    const { code, stdout, stderr } = await stage.node(writeProgram(program as Program))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('demo/door { open: true }')
  })

  it('has no command that is not run here', () => {
    expect(commands.filter((block) => !shown.has(block)).map(({ line }) => line)).toEqual([])
  })
})
