#include "CJobSection.h"

#if defined(__APPLE__)
// The linker synthesises these symbols; weak, since an image without jobs has no such section.
extern const char start_of_section __asm("section$start$__DATA_CONST$roost_jobs") __attribute__((weak_import));
extern const char end_of_section __asm("section$end$__DATA_CONST$roost_jobs") __attribute__((weak_import));

const void *roost_job_section_start(void) { return &start_of_section; }
const void *roost_job_section_end(void) { return &end_of_section; }
#else
// ELF linkers define __start_ and __stop_ for a section whose name is a C identifier.
extern const char __start_roost_jobs[] __attribute__((weak));
extern const char __stop_roost_jobs[] __attribute__((weak));

const void *roost_job_section_start(void) { return __start_roost_jobs; }
const void *roost_job_section_end(void) { return __stop_roost_jobs; }
#endif
