/** Which letters: all, those with a reason, or those whose ids begin in one of these ways. */
export interface Choice {
  readonly all: boolean;
  readonly reasons: readonly string[];
  readonly ids: readonly string[];
}
