#pragma once

/// The first byte of the linker section in which `@Job` puts its records, or NULL where the image has none.
const void *roost_job_section_start(void);

/// The byte after the section's last record, or NULL.
const void *roost_job_section_end(void);
