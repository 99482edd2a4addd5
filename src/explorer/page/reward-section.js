// @ts-check
/** Reward periods and what each paid to whom; amounts in units. */
import { grouped, money } from './format.js';
import { chip, digest, partyLink, section, table } from './parts.js';

/** @typedef {import('./live.js').Live} Live */
/** @typedef {import('../read-models/run.ts').RunView} RunView */

/** @param {Live} live @param {RunView} run */
export function rewardSection(live, run) {
  const periods = live.periods(run.run).sort((a, b) => a.period - b.period);
  return section(
    'rewards',
    'Rewards',
    null,
    table({
      id: 'periods-table',
      caption: 'Reward periods, in units',
      columns: [
        { label: 'Period', numeric: true },
        { label: 'State' },
        { label: 'Pool', numeric: true },
        { label: 'Paid', numeric: true },
      ],
      rows: periods.map((period) => ({
        key: String(period.period),
        cells: [
          period.period,
          chip(period.state),
          grouped(money(period.pool)),
          grouped(money(period.paid)),
        ],
      })),
      empty: 'No period is open yet.',
    }),
    periods
      .filter(({ payouts }) => payouts.length > 0)
      .map((period) =>
        table({
          id: `payouts-${period.period}`,
          caption: [
            `Payouts of period ${period.period}`,
            period.settlementRoot !== null && [', root ', digest(period.settlementRoot)],
          ].flat(),
          columns: [
            { label: 'Participant' },
            { label: 'Work', numeric: true },
            { label: 'Audit', numeric: true },
            { label: 'Total', numeric: true },
          ],
          rows: period.payouts.map((payout) => ({
            key: payout.participant,
            cells: [
              partyLink(payout),
              grouped(money(payout.work)),
              grouped(money(payout.audit)),
              grouped(money(payout.total)),
            ],
          })),
        }),
      ),
  );
}
