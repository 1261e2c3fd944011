import { beforeAll, describe, expect, it } from 'vitest'
import { applyFilter, dialog, filter, hold, inAddress, loaded, mode, row } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish, site, tokenOf } from './shared-console.js'

beforeAll(async () => {
  await openSite({ config: { principals: { ann: { see: 'seen/' } } } })
})

/** Publishes events with numbers fast. */
async function publishNumbers(count: number, from = 0, data: object = {}): Promise<void> {
  const client = await site.hub.connect()
  for (let n = from; n < from + count; n++) {
    if (!client.push(`${area}/n`, { n, ...data })) await client.ready()
  }
  await client.drain()
  await client.close()
}

/** Clicks a row in the middle of the list. Returns what it showed, and what is selected then. */
const CLICK_A_ROW = `(() => {
  const row = document.querySelectorAll('[role="grid"] [role="row"]')[10]
  const text = row.textContent
  row.click()
  return [text, document.querySelector('[role="row"][aria-selected="true"]')?.textContent]
})()`

const rows = () => page.getByRole('row')

describe('the list of events', () => {
  it('shows what is stored and what comes, the newest last', async () => {
    await publishNumbers(3)
    await openEvents()
    await row('n=2').waitFor()
    await publishNumbers(1, 3)
    await row('n=3').waitFor()
    expect(
      (await rows().allTextContents()).filter((each) => each.includes('n=')).map((each) => each.at(-1)),
    ).toEqual([...'0123'])
    await expect.poll(() => page.title()).toBe(`● ${area}/`)
  })

  it('pauses without loss: it counts exactly what waits, and catches up', async () => {
    await openEvents()
    await mode('live')
    await publishNumbers(100)
    await row('n=99').waitFor()
    await page.keyboard.press(' ')
    await mode('paused')
    await publishNumbers(1204, 100)
    await page.getByText(/^1,204 more since \d\d:\d\d:\d\d$/).waitFor()
    expect(await row('n=99').count()).toBe(1)
    await page.keyboard.press(' ')
    await row('n=1303').waitFor()
    expect(await loaded()).toBe(1305)
  })

  it('opens the row that was shown where the click was, while others come', async () => {
    await openEvents()
    await mode('live')
    const client = await site.hub.connect()
    let n = 0
    const timer = setInterval(() => client.push(`${area}/n`, { n: n++ }), 2)
    try {
      for (let click = 0; click < 5; click++) {
        const before = await loaded()
        await expect.poll(loaded).toBeGreaterThan(before + 30)
        const [clicked, selected] = await page.evaluate<string[]>(CLICK_A_ROW)
        expect(selected).toBe(clicked)
        await page.keyboard.press('End')
        await mode('live')
      }
    } finally {
      clearInterval(timer)
      await client.close()
    }
  })

  it('moves with the wheel also where the way to go on lies above it', async () => {
    await publishNumbers(200)
    await openEvents()
    await row('n=199').waitFor()
    await page.keyboard.press(' ')
    await page.locator('.pill').getByRole('button', { name: 'Resume' }).hover()
    await page.mouse.wheel(0, -1000)
    await expect.poll(() => row('n=199').count()).toBe(0)
    await page.mouse.wheel(0, 1000)
    await row('n=199').waitFor()
    await mode('paused')
  })

  it('leaves out what waits when the reader jumps to now, and says how much that was', async () => {
    await openEvents()
    await mode('live')
    await page.getByRole('button', { name: 'Pause' }).click()
    await publishNumbers(7)
    await page.getByText('7 more since').waitFor()
    await page.getByRole('button', { name: 'Jump to now' }).click()
    await row('7 events were left out here').waitFor()
    await publishNumbers(1, 7)
    await row('n=7').waitFor()
    expect(await row('n=6').count()).toBe(0)
  })

  it('loads older events from the log for as long as there are any', async () => {
    await publishNumbers(1500)
    await openEvents()
    await row('n=1499').waitFor()
    await rows().first().hover()
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, -20_000)
        return row('no earlier event matches').count()
      })
      .toBe(1)
    expect(await row('n=0').count()).toBe(1)
    expect(await loaded()).toBe(1501)
    await mode('paused')
    const elements = await page.locator('.grid *').count()
    await page.mouse.wheel(0, 100_000)
    await row('n=1499').waitFor()
    expect(await page.locator('.grid *').count()).toBe(elements)
  })

  it('stays where it is when the counts above it come', async () => {
    await publishNumbers(3)
    await openEvents()
    const answer = await hold('**/v1/events.histogram')
    await page.reload()
    await row('n=2').waitFor()
    const before = await page.getByRole('grid').boundingBox()
    answer()
    await page.getByText('3 events, exact').waitFor()
    expect(await page.getByRole('grid').boundingBox()).toEqual(before)
  })

  it('goes on from its cursor after the connection was lost', async () => {
    await openEvents()
    const cut: (() => void)[] = []
    await page.routeWebSocket(/\/v1\/ws/, (browser) => {
      const hub = browser.connectToServer()
      cut.push(() => {
        void hub.close()
        void browser.close()
      })
    })
    await page.reload()
    await mode('live')
    await publishNumbers(1)
    await row('n=0').waitFor()
    for (const each of cut.splice(0)) each()
    await publishNumbers(5, 1)
    await row('n=5').waitFor()
    expect(cut.length).toBeGreaterThan(0)
    expect(await loaded()).toBe(7)
  })

  it('says why it did not move in time when the connection is lost meanwhile', async () => {
    let isCut = false
    await openEvents()
    await page.routeWebSocket(/\/v1\/ws/, (browser) => {
      const hub = browser.connectToServer()
      browser.onMessage((message) => {
        if (isCut) void hub.close().then(() => browser.close())
        else hub.send(message)
      })
    })
    await publishNumbers(1)
    await page.reload()
    await row('n=0').waitFor()
    isCut = true
    await page.keyboard.press('[')
    await page.locator('.middle > .problem').waitFor()
    await mode('failed')
    isCut = false
    await page.keyboard.press(' ')
    await mode('live')
    await expect.poll(() => page.locator('.middle > .problem').count()).toBe(0)
  })

  it('shows text of events as text', async () => {
    const evil = '<img src=x onerror="document.title=1"> \u202e \u0000 \u200b end'
    await publish(`${area}/<img onerror>`, { message: evil, deep: { x: 1e308 } })
    await openEvents()
    await row('\\u{202e} \\u{0} \\u{200b} end').click()
    await page.getByRole('region', { name: '<img onerror>' }).waitFor()
    for (const tab of ['Raw', 'Hex', 'CloudEvent', 'Tree']) await page.getByRole('tab', { name: tab }).click()
    expect(await page.locator('.row img, .detail img').count()).toBe(0)
  })

  it('asks before it shows a very large event', async () => {
    await publish(`${area}/large`, { text: 'x'.repeat(2 ** 20) })
    await openEvents()
    await row('1.0 MiB').click()
    await page.getByText('This event has 1.0 MiB.').waitFor()
    await page.getByRole('button', { name: 'Show it all the same' }).click()
    await page.getByText('more …').waitFor()
  })
})

describe('the keys', () => {
  it('move, open, close, and list themselves', async () => {
    await publishNumbers(3)
    await openEvents()
    await row('n=2').waitFor()
    await page.keyboard.press('k')
    await page.keyboard.press('k')
    expect(await page.locator('[aria-selected="true"].row').textContent()).toContain('n=1')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: `Event ${area}/n` }).waitFor()
    await page.keyboard.press('k')
    await page.locator('.tree').getByText('1', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: `Event ${area}/n` }).waitFor({ state: 'detached' })
    await page.keyboard.press('/')
    await page.keyboard.type('j')
    expect(await filter().inputValue()).toContain('j')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByText('next event').first().waitFor()
  })
})

describe('the filter', () => {
  it('is that of the command line, and is in the address', async () => {
    await publishNumbers(10)
    await openEvents()
    await applyFilter(`${area}/ !*/x where data.n > 7`)
    await row('n=9').waitFor()
    await expect.poll(() => row('n=7').count()).toBe(0)
    await expect.poll(() => inAddress('filter')).toEqual([`${area}/`, '!*/x'])
    expect(inAddress('where')).toEqual(['data.n > 7'])
    await page.goBack()
    await row('n=7').waitFor()
    expect(await filter().inputValue()).toBe(`${area}/`)
  })

  it('says where a mistake is, puts the cursor there, and keeps the list as it was', async () => {
    await publishNumbers(1)
    await openEvents()
    const cursor = () => page.evaluate('document.activeElement.selectionStart')
    await applyFilter(`${area}/ where data.n >`)
    await page.getByText(/^expected .*, at character 9 \(the end\)/).waitFor()
    expect(await cursor()).toBe(`${area}/ where data.n >`.length)
    await applyFilter(`${area}/ where data.n > ) 3`)
    await page.getByText(', at character 10: ") 3"').waitFor()
    expect(await cursor()).toBe(`${area}/ where data.n > `.length)
    expect(await row('n=0').count()).toBe(1)
  })

  it('completes tags from the events, and explains itself', async () => {
    await publishNumbers(2)
    await openEvents()
    await filter().fill(area)
    await page.getByRole('option', { name: `${area}/` }).waitFor()
    await filter().press('Tab')
    await page.getByRole('option', { name: `${area}/n` }).waitFor()
    expect(await filter().inputValue()).toBe(`${area}/`)
    await filter().press('Escape')
    await page.getByRole('button', { name: 'Explain' }).click()
    await dialog().getByText(area).first().waitFor()
  })

  it('offers to search for a word in all text', async () => {
    await publish(`${area}/n`, { n: 0, said: `the ${area}word came` })
    await publish(`${area}/n`, { n: 1, said: 'nothing' })
    await openEvents()
    await filter().fill(`${area}word`)
    await page.getByRole('option', { name: 'search in all text' }).waitFor()
    await filter().press('Tab')
    await filter().press('Enter')
    await expect.poll(() => row('n=1').count()).toBe(0)
    await row('n=0').waitFor()
  })

  it('says which part of it leaves out the open event', async () => {
    const cursor = await publish(`${area}/n`, { n: 1 })
    await openEvents(`&event=${cursor}`)
    await filter().fill(`${area}/ where data.n = 7`)
    await page.getByRole('button', { name: 'Explain' }).click()
    await dialog().getByText('does not match: data.n = 7').waitFor()
  })

  it('is there as command, URL and code', async () => {
    await openEvents('&where=data.n+%3D+1')
    await page.getByRole('button', { name: 'Share' }).click()
    await dialog().getByText(`tocsin tail ${area}/ --where 'data.n = 1' --from -15m`).waitFor()
    await dialog().getByText(`/v1/stream?filter=${area}`).waitFor()
    await dialog().getByText('hub.subscribe({"all":').waitFor()
  })
})

describe('the values of fields', () => {
  it('include with a click and exclude with Alt, and keep their counts', async () => {
    await publishNumbers(4, 0, { color: 'red' })
    await publishNumbers(2, 4, { color: 'blue' })
    await openEvents('&facet=data.color')
    const red = page.getByRole('button', { name: /^red/ })
    await red.click()
    await row('n=3').waitFor()
    await expect.poll(() => row('n=4').count()).toBe(0)
    await page.getByRole('button', { name: /^blue/ }).waitFor()
    expect(await page.getByRole('button', { name: /^blue/ }).textContent()).toContain('2')
    await expect.poll(() => inAddress('is')).toEqual(['data.color=red'])
    await red.click()
    await red.click({ modifiers: ['Alt'] })
    await row('n=5').waitFor()
    await expect.poll(() => row('n=3').count()).toBe(0)
  })
})

describe('the counts over time', () => {
  it('are those of the whole range, and a part of it can be chosen', async () => {
    await publishNumbers(500)
    await openEvents()
    await page.getByText('500 events, exact').waitFor()
    const box = (await page.getByRole('img', { name: /500 events from/ }).boundingBox())!
    await page.mouse.move(box.x + 1, box.y + 10)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2, box.y + 10, { steps: 3 })
    await page.mouse.up()
    await page.getByText('0 events, exact').waitFor()
    await expect
      .poll(() => Date.parse(inAddress('to')[0]!) - Date.parse(inAddress('from')[0]!))
      .toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Whole time again' }).click()
    await page.getByText('500 events, exact').waitFor()
  })
})

describe('a link to an event', () => {
  it('shows the event among its neighbours', async () => {
    await publishNumbers(400)
    const cursor = await publish(`${area}/found`, { found: 'it' })
    await publishNumbers(400, 400)
    await openEvents(`&event=${cursor}`)
    await page.getByRole('region', { name: `Event ${area}/found` }).waitFor()
    expect(await page.locator('[aria-selected="true"].row').textContent()).toContain('found=it')
    await row('n=400').waitFor()
    await row('n=399').waitFor()
  })

  it('says clearly when there is no such event', async () => {
    await openEvents(`&event=${site.hub.bus.epoch}-999999999`)
    await page.getByText('There is no such event, or you may not see it.').waitFor()
  })
})

describe('the place of a pause', () => {
  it('is shown again after the page was loaded anew, and after Back', async () => {
    await publishNumbers(50)
    await openEvents()
    await row('n=49').waitFor()
    await page.keyboard.press(' ')
    await mode('paused')
    await publishNumbers(400, 50)
    await page.reload()
    await mode('paused')
    await row('n=49').waitFor()
    expect(await row('n=50').count()).toBe(0)
    await applyFilter(`${area}/ where data.n < 9`)
    await row('n=49').waitFor({ state: 'detached' })
    await row('n=8').waitFor()
    await mode('paused')
    await page.goBack()
    await mode('paused')
    await row('n=49').waitFor()
    await page.getByText('400 more since').waitFor()
  })

  it('is in the address as soon as the list is paused', async () => {
    await openEvents()
    await mode('live')
    await page.evaluate(`void (globalThis.atOnce = new Promise((done) =>
      new MutationObserver(() => done(location.search))
        .observe(document.querySelector('.events'), { attributeFilter: ['data-mode'] })
    ))`)
    await page.keyboard.press(' ')
    expect(await page.evaluate('atOnce')).toContain('&at=')
  })

  it('means nothing in another log', async () => {
    await publishNumbers(1)
    await openEvents(`&at=${'x'.repeat(13)}-1`)
    await mode('live')
    await row('n=0').waitFor()
  })
})

describe('rights', () => {
  it('apply to every number and every row', async () => {
    await publish('seen/a', { n: 1 })
    await publish('hidden/a', { n: 2 })
    await openPage({ as: await tokenOf('ann'), path: '/view/events' })
    await row('seen/a').waitFor()
    await page.getByText('1 event, exact').waitFor()
    expect(await page.locator('body').textContent()).not.toContain('hidden')
  })
})
