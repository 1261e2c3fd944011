import { area, entry } from './area.js'

export const filterErrors = area('Filters', {
  TCN_FILTER_SYNTAX: entry(
    400,
    'the filter is not valid',
    'Correct the part that the message names. `tocsin explain` shows how a filter is read.',
  ),
  TCN_FILTER_PATTERN_TOO_LONG: entry(
    400,
    'a pattern or expression in the filter is too long',
    'Shorten it to the length that the message gives.',
  ),
  TCN_FILTER_REGEX: entry(
    400,
    'the regular expression cannot be run in linear time',
    'Remove look-around, back references and repeats over 100.',
  ),
  TCN_FILTER_NO_THREAD: entry(
    503,
    'the thread that tests XPath expressions has failed, or does not start',
    'Look at the load and the free memory of the machine of the hub, then subscribe again, which starts another thread.',
  ),
  TCN_FILTER_TOO_COMPLEX: entry(
    400,
    'the filter is too complex',
    'Split the subscription, or filter by a tag prefix.',
  ),
  TCN_FILTER_TOO_MANY: entry(
    429,
    'this principal has too many filters without a literal prefix, or too costly ones',
    'Begin the patterns with literal text, use cheaper ones (see `tocsin explain`), or raise `limits.unanchoredFilters` or `limits.filterCost`.',
  ),
})
