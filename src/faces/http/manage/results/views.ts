import { z } from 'zod'
import { type ResultsOf, text, time } from './shape.js'

const view = z
  .object({
    name: text,
    owner: text,
    shared: z.boolean().describe('Whether everybody sees it in the list.'),
    query: text.describe('The part of the address of the console after the question mark.'),
    changed: time,
  })
  .meta({ id: 'View' })

export const viewResults: ResultsOf<'views'> = {
  'views.list': z.object({ views: z.array(view) }),
  'views.save': view,
  'views.rename': view,
  'views.delete': z.object({ name: text, owner: text }),
}
