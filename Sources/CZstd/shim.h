// libzstd (zstd.h), as it is.
#pragma once
#include <zstd.h>
