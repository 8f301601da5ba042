import { scene } from './scene';

scene('second');
