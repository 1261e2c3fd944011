import { button, client, dialog, openPath, page, panel } from './configured-console.js'

/** A field of the form. */
export const field = (name: string) => dialog().getByLabel(name, { exact: true })
/** A field of a condition of a rule. */
export const conditionField = (condition: string, name: string) =>
  dialog().getByRole('group', { name: condition, exact: true }).getByLabel(name, { exact: true })
export const add = () => button('Add to the candidate').click()
/** Opens the form of an entry. */
export const edit = async (name: string) => {
  await openPath('/view/bus')
  await page.getByRole('button', { name: `Edit ${name} …` }).click()
}
/** The keys in which the candidate differs. */
export const changed = async () => (await client.request('config.diff')).changes.map(({ key }) => key)

/** Commits the candidate that is shown. */
export async function commit(): Promise<void> {
  await panel('Candidate').waitFor()
  await page.getByRole('button', { name: 'Commit …' }).click()
  await button('Commit').click()
  await page.getByRole('button', { name: 'Confirm', exact: true }).click()
  await page.getByText(/^Commit \d+ is final/).waitFor()
}
