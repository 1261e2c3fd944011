import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from '../helpers/chromium.js'
import { GuideSteps } from '../helpers/guide-steps.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { vectors } from '../protocols/sctp/vectors.js'
import { HubProcess } from './hub-process.js'

const GUIDE = 'docs/guide/console.md'

let browser: Browser
let hub: HubProcess
let page: Page
let token: string
let sockDir: string
let salt: string[]
const complaints: string[] = []

beforeAll(async () => {
  sockDir = temporaryFolder('guide')
  salt = ['--sock-dir', sockDir, '--config-dir', sockDir]
  browser = await launchChromium()
  hub = await HubProcess.start({
    sources: true,
    config: `salt: [{bus: master, sockDir: ${sockDir}}]\n`,
  })
  // What happens besides: events of this host, and those of the demo.
  await run('demo', '--into', hub.socket, '--duration', '2s', '--rate', '50')
  token = (await run('token', 'add', 'laptop', '--all')).trim()
  await saltJob()
  const steps = vectors.linux.filter(({ id }) => id.startsWith('simultaneous_shutdown/server'))
  const bytes = steps.map(({ hex }) => hex)
  await run('sctp', 'decode', '--platform', 'linux', ...bytes, '--publish-as', 'n2')
  await run('consumers', 'add', 'billing', 'salt/')
})

afterAll(async () => {
  await browser?.close()
  await hub?.[Symbol.asyncDispose]()
})

beforeEach(async () => {
  page = await logIn(token)
})

afterEach(async () => {
  await page?.context().close()
  expect(complaints.splice(0)).toEqual([])
})

async function run(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await hub.tocsin(words)
  expect(code, stderr).toBe(0)
  return stdout
}

/** A job of three minions, one of which fails, by Salt's own wire. */
async function saltJob(): Promise<void> {
  const jid = '20261122140000000000'
  const send = (tag: string, data: object) =>
    run(
      'salt',
      'send',
      `salt/job/${jid}/${tag}`,
      JSON.stringify({ jid, fun: 'state.apply', ...data }),
      ...salt,
    )
  await send('new', { tgt: '*', tgt_type: 'glob', minions: ['web1', 'web2', 'web3'] })
  const state = (result: boolean) => ({ name: 'nginx', result, changes: {}, comment: '', __run_num__: 0 })
  for (const id of ['web1', 'web2']) {
    const works = id === 'web1'
    const result = { 'service_|-nginx_|-nginx_|-running': state(works) }
    await send(`ret/${id}`, { id, retcode: works ? 0 : 2, success: works, return: result })
  }
}

async function logIn(secret: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const opened = await context.newPage()
  opened.on('pageerror', (error) => complaints.push(String(error)))
  const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(hub.stderr)!
  await opened.goto(address)
  await opened.getByLabel('Token', { exact: true }).fill(secret)
  await opened.getByRole('button', { name: 'Log in' }).click()
  await opened.locator('[data-mode="live"]').waitFor()
  return opened
}

const rows = () => page.getByRole('row')
const row = (text: string) => rows().filter({ hasText: text })
const mode = (name: string) => page.locator(`[data-mode="${name}"]`).waitFor()
const panel = () => page.getByRole('tabpanel')
const dialog = () => page.getByRole('dialog')
const lines = (text: string) => panel().getByRole('listitem').filter({ hasText: text })
const follow = (heading: string, checks: (() => Promise<unknown>)[]) =>
  new GuideSteps(page, GUIDE, heading).follow(checks)

describe('a reader of the guide of the console, who does just what it says', () => {
  it('finds a failed job', async () => {
    await follow('Find a failed job', [
      async () => {},
      async () => {
        await row('web2 failed with 2').waitFor()
        await row('web1 state.apply').waitFor({ state: 'detached' })
      },
      async () => {
        await page.getByRole('tab', { name: 'Job', exact: true }).waitFor()
        await panel().getByText('1 failed').waitFor()
        await panel().getByText('2 of 3 answered').waitFor()
        await panel().getByText('no answer yet').waitFor()
      },
      async () => lines('ret/web1').filter({ hasText: '−' }).waitFor(),
      async () => {
        await row('web1 state.apply').waitFor()
        await page.getByRole('region', { name: /^Event salt\/job\/.*\/ret\/web2$/ }).waitFor()
      },
    ])
  })

  it('pauses and resumes without loss', async () => {
    const fire = async (from: number, to: number) => {
      for (let n = from; n < to; n++) await run('fire', 'door/count', JSON.stringify({ n }))
    }
    await page.goto(`${new URL(page.url()).origin}/view/events?filter=door/count`)
    await mode('live')
    await fire(0, 2)
    await row('n=1').waitFor()
    await follow('Pause and resume without loss', [
      async () => {
        await page.getByText('Paused', { exact: true }).waitFor()
        await fire(2, 5)
      },
      async () => {
        await page.getByText('3 more since').waitFor()
        expect(await row('n=2').count()).toBe(0)
      },
      async () => {
        await row('n=4').waitFor()
        for (let n = 0; n < 5; n++) expect(await row(`n=${n}`).count(), `n=${n}`).toBe(1)
        expect(await row('left out').count()).toBe(0)
      },
    ])
  })

  it('compares two events', async () => {
    await follow('Compare two events', [
      async () => {
        await expect.poll(() => row('demo/').count()).toBe(0)
        await row('SCTP_SHUTDOWN_COMP').waitFor()
      },
      async () => page.getByRole('region', { name: /^Event sctp\/n2\/.*assoc_change$/ }).waitFor(),
      async () => {
        const state = panel().locator('.diff [data-kind="changed"]').filter({ hasText: 'names.sac_state' })
        await state.getByText('SCTP_COMM_UP').waitFor()
        await state.getByText('SCTP_SHUTDOWN_COMP').waitFor()
      },
      async () => {
        const command = (await page.evaluate('navigator.clipboard.readText()')) as string
        expect(command).toMatch(/^tocsin diff @\d+ --with @\d+$/)
        const shown = await hub.tocsin(command.split(' ').slice(1))
        expect(shown.stdout + shown.stderr).toContain('SCTP_SHUTDOWN_COMP')
      },
    ])
  })

  it('rewinds a consumer', async () => {
    const positionOf = async () =>
      JSON.parse(await run('consumers', 'show', 'billing', '--format', 'json')).cursor
    const before = await positionOf()
    await follow('Rewind a consumer', [
      async () => page.getByRole('row').filter({ hasText: 'billing' }).waitFor(),
      async () => dialog().waitFor(),
      async () => {
        await dialog().getByText('It will deliver 3 events.').waitFor()
        expect(await positionOf()).toBe(before)
      },
      async () => {
        await page.getByText('billing was moved: 3 events to deliver.').waitFor()
        expect(await positionOf()).not.toBe(before)
      },
    ])
  })

  it('shares a view', async () => {
    await follow('Share a view', [
      async () => row('web2 failed with 2').waitFor(),
      async () => dialog().waitFor(),
      async () => expect(await dialog().getByLabel('Name', { exact: true }).inputValue()).toBe('failed jobs'),
      async () => dialog().getByRole('link', { name: 'failed jobs' }).waitFor(),
      async () => dialog().getByText('tocsin tail').waitFor(),
    ])
    const reader = (await run('token', 'add', 'colleague', '--see', 'salt/')).trim()
    const other = await logIn(reader)
    await other.getByRole('button', { name: 'Views', exact: true }).click()
    await other.getByRole('link', { name: 'failed jobs' }).click()
    await other.getByRole('row').filter({ hasText: 'web2 failed with 2' }).waitFor()
    await other.context().close()
  })

  it('finds the buttons of the login that it names', async () => {
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Name and password' }).waitFor()
    const guide = readFileSync(new URL(`../../${GUIDE}`, import.meta.url), 'utf8')
    expect(guide).toContain('**Log out**')
    expect(guide).toContain('**Name and password**')
  })
})
