/** Usage: what was spent, by day, key, schedule and status, against the budget. */
export const Usage = () => <h1>Usage</h1>
