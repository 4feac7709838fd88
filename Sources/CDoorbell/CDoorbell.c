#include "CDoorbell.h"
