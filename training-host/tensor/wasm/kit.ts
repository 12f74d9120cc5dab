/** What every operation on our own kernels is made with. */
import type { Heap } from "./heap";
import type { Kernels } from "./kernels";
import type { Multiply } from "./multiply";

export interface Kit {
  heap: Heap;
  kernels: Kernels;
  multiply: Multiply;
}
