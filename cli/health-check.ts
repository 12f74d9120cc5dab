/** Whether a thing works here, why, and what to do when it does not. */
export interface HealthCheck {
  name: string;
  works: boolean;
  /** Nothing can be trained without it. */
  needed: boolean;
  detail: string;
  /** What to do about it; "" when it works. */
  advice: string;
  /** Of backends only: this is the one that `launch local backend=auto` takes here. */
  auto?: boolean;
}
